/**
 * The model checker spin, for one model in one configuration: spin writes a verifier in C, the C compiler builds it, and
 * it searches all states.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { project } from '../house/project.ts'

/** What a search came to. */
export interface Search {
  /** States that differ; all there are, when there is no error. */
  readonly states: number
  readonly memoryMb: number
  /** The property that broke first, as the model writes it; null when none did. */
  readonly broken: string | null
}

/** Which of the commands that a search needs are missing here. */
export function missingCommands(): readonly string[] {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return ['spin', 'cc'].filter((command) => !folders.some((folder) => existsSync(join(folder, command))))
}

/** The memory that a search may take: beyond it the search is no answer, and an error. */
const memoryMaxMb = 2000

/**
 * Searches a model of test/model, configured by these definitions, until it is exhausted or a property breaks. What is
 * `isLong` is worth being compiled well.
 * @throws Error when the search did not come to its end, with what the commands said.
 */
export async function search(model: string, definitions: readonly string[], isLong: boolean): Promise<Search> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-model-'))
  try {
    const options = definitions.map((definition) => `-D${definition}`)
    await run('spin', [...options, '-a', join(project, 'test', 'model', model)], folder)
    const limits = ['-DSAFETY', '-DCOLLAPSE', '-DNOFAIR', `-DMEMLIM=${memoryMaxMb}`]
    // Where an error is near, most of the time would be the compiler's.
    await run('cc', [isLong ? '-O2' : '-O0', '-w', ...limits, '-o', 'pan', 'pan.c'], folder)
    return verdict(await run(join(folder, 'pan'), ['-n', '-m10000', '-w22'], folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function run(command: string, args: readonly string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { cwd: folder, maxBuffer: 16 << 20, timeout: 240_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${command} ${args.join(' ')}: ${error.message}\n${stdout}\n${stderr}`))
    })
  })
}

function verdict(output: string): Search {
  const errors = /errors: (\d+)/.exec(output)?.[1]
  const states = /([\d.e+]+) states, stored/.exec(output)?.[1]
  const memory = /([\d.]+)\s+total actual memory usage/.exec(output)?.[1]
  const broken = /^pan:1: (.*) \(at depth \d+\)$/m.exec(output)?.[1] ?? null
  const isComplete = !/Search not completed|max search depth too small|Warning: out of memory/.test(output)
  if (errors === undefined || states === undefined || (errors === '0') !== (broken === null) || (errors === '0' && !isComplete))
    throw new Error(`the search came to no end:\n${output}`)
  return { states: Number(states), memoryMb: Number(memory ?? 0), broken }
}
