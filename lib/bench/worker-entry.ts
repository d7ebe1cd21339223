/** The process that `holdfast bench` forks: answers the questions of protocol.ts. */
import { answerParent } from '../mesh/forked.ts'
import type { Questions } from './protocol.ts'
import { Subject } from './subject.ts'

answerParent<Questions>(new Subject().answers)
