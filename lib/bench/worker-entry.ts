/** This file is the process that `holdfast bench` starts. It answers the calls of protocol.ts. */
import { serveParent } from '../children/parent.ts'
import type { BenchCalls } from './protocol.ts'
import { Subject } from './subject.ts'

serveParent<BenchCalls>(new Subject().handlers)
