/**
 * This file lists every command with its description and the file that runs it. That file is loaded only when the command is
 * called.
 */
import type { Options } from './option.ts'
import type { CommandAction, Spec } from './spec.ts'
import { explainSpec, locksSpec, membersSpec, recoverSpec } from './table/cluster.ts'
import {
  labAlgorithmsSpec,
  labCheckSpec,
  labDiagramSpec,
  labGallerySpec,
  labNewSpec,
  labRunSpec,
  labSchemaSpec,
} from './table/lab.ts'
import { completionSpec, helpSpec } from './table/own.ts'
import { benchSpec, demoSpec, simSpec } from './table/runs.ts'

export interface Command {
  readonly spec: Spec
  load(): Promise<CommandAction>
}

function command<Table extends Options>(spec: Spec<Table>, load: () => Promise<CommandAction<Table>>): Command {
  return { spec, load: load as () => Promise<CommandAction> }
}

/** In the order of the overview. */
export const commands: readonly Command[] = [
  command(demoSpec, async () => (await import('./demo.ts')).runDemoCommand),
  command(membersSpec, async () => (await import('./members.ts')).runMembers),
  command(locksSpec, async () => (await import('./locks.ts')).runLocks),
  command(explainSpec, async () => (await import('./explain.ts')).runExplain),
  command(recoverSpec, async () => (await import('./recover.ts')).runRecover),
  command(benchSpec, async () => (await import('./bench/bench.ts')).runBenchCommand),
  command(simSpec, async () => (await import('./sim.ts')).runSim),
  command(labRunSpec, async () => (await import('./lab/run.ts')).runLab),
  command(labDiagramSpec, async () => (await import('./lab/diagram.ts')).runDiagram),
  command(labNewSpec, async () => (await import('./lab/new.ts')).runNew),
  command(labCheckSpec, async () => (await import('./lab/check.ts')).runLabCheck),
  command(labGallerySpec, async () => (await import('./lab/gallery.ts')).runGallery),
  command(labAlgorithmsSpec, async () => (await import('./lab/algorithms.ts')).runAlgorithms),
  command(labSchemaSpec, async () => (await import('./lab/schema.ts')).runSchema),
  command(completionSpec, async () => (await import('./completion.ts')).runCompletion),
  command(helpSpec, async () => (await import('./help-command.ts')).runHelp),
]

/** What a group of commands is for, by its name. */
export const groups: Readonly<Record<string, string>> = {
  lab: 'study mutual exclusion: compare algorithms, draw them, break them, and try your own',
}

/** The first words of all commands, each once. */
export const firstWords: readonly string[] = [...new Set(commands.map(({ spec }) => spec.name.split(' ')[0] as string))]

/** The commands of a group, or none. */
export function commandsOf(group: string): readonly Command[] {
  return commands.filter(({ spec }) => spec.name.startsWith(`${group} `))
}

/** What follows the name of a group. */
export function namesIn(group: string): readonly string[] {
  return commandsOf(group).map(({ spec }) => spec.name.slice(group.length + 1))
}

/** The command of that name. */
export function commandNamed(name: string): Command | undefined {
  return commands.find(({ spec }) => spec.name === name)
}
