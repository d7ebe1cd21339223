import './changing.ts'
import { createNode } from 'holdfast'

const node = await createNode({ directory: process.env.LOCK_DIRECTORY as string, cluster: 'watched' })
const hold = await node.acquire('the only one')
console.log(`held ${hold.fence}`)
