#!/usr/bin/env node
/** This file is the program `holdfast`: it gives the process's arguments, terminal and signals to `runLine`. */
import { listenForInterrupts, untilSignalsAreHeard } from './interrupts.ts'
import { runLine } from './run-line.ts'
import { endWhenOutputCannotBeWritten, processTerminal } from './terminal.ts'

endWhenOutputCannotBeWritten()
const interrupts = listenForInterrupts()
const exitCode = await runLine(process.argv.slice(2), processTerminal(), interrupts.signal)
await untilSignalsAreHeard()
// An interrupted command may have left a timer or a socket open.
if (interrupts.exitCode !== null) process.exit(interrupts.exitCode)
interrupts.commandEnded()
process.exitCode = exitCode
