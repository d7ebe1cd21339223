import { createNode, HoldfastError, TimeoutError } from 'holdfast'
import use from './use.cjs'

use({ createNode, HoldfastError, TimeoutError }).then(console.log)
