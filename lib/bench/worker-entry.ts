/** This file is the process that `holdfast bench` forks. It answers the questions of protocol.ts. */
import { answerParent } from '../mesh/forked.ts'
import type { BenchProtocol } from './protocol.ts'
import { Subject } from './subject.ts'

answerParent<BenchProtocol>(new Subject().answers)
