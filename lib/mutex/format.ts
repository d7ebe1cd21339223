/**
 * This file makes the format in which nodes talk to each other: the messages of the wire layer, and the messages that the
 * algorithms declare.
 */
import { type WireFormat, wireFormat } from '../wire/frame.ts'
import { algorithms } from './algorithms.ts'

/** The format of all that nodes send to each other. */
export const nodeFormat: WireFormat = wireFormat(algorithms.map(({ messages }) => messages))
