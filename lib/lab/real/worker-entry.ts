/** This file is the process that `holdfast lab run --real` starts. It answers the calls of protocol.ts. */
import { serveParent } from '../../children/parent.ts'
import { Participant } from './participant.ts'
import type { LabCalls } from './protocol.ts'

serveParent<LabCalls>(new Participant().handlers)
