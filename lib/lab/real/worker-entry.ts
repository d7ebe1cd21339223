/** This file is the process that `holdfast lab run --real` forks. It answers the questions of protocol.ts. */
import { answerParent } from '../../mesh/forked.ts'
import { Participant } from './participant.ts'
import type { RealProtocol } from './protocol.ts'

answerParent<RealProtocol>(new Participant().answers)
