/** A fresh project with the packed package in it, and its tools from the registry at the versions of its lock file. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { project } from '../house/project.ts'

const run = promisify(execFile)
/** No program of these projects takes a tenth of it when it works. */
const timeoutMs = 120_000

/** Environment variables beside those of this process. */
export type Variables = Readonly<Record<string, string>>

export class ToolProject {
  readonly folder: string
  /** Removed with the project. The nodes of its programs meet here. */
  readonly locks: string
  private readonly variables: Variables

  constructor(root: string, name: string) {
    this.folder = join(root, name)
    this.locks = join(root, `${name}-locks`)
    mkdirSync(this.locks, { mode: 0o700 })
    for (const part of ['shared', name])
      cpSync(join(project, 'test', 'toolchains', 'projects', part), this.folder, { recursive: true })
    this.variables = { LOCK_DIRECTORY: this.locks, XDG_STATE_HOME: join(root, 'state'), NO_COLOR: '1', CI: 'true' }
  }

  /** Installs the tools exactly as locked, then the package beside them as a user does. */
  async install(tarball: string): Promise<void> {
    const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
    await this.run('npm', ['ci', ...quietly])
    await this.run('npm', ['install', '--no-save', ...quietly, tarball])
  }

  /** Runs a program to its end, with the project as its working directory, and gives what it printed. */
  async run(program: string, args: readonly string[], variables: Variables = {}): Promise<string> {
    const options = { cwd: this.folder, env: this.environment(variables), timeout: timeoutMs, maxBuffer: 2 ** 26 }
    try {
      const { stdout, stderr } = await run(program, args, options)
      return stdout + stderr
    } catch (error) {
      const { message, stdout, stderr } = error as Error & { stdout?: string; stderr?: string }
      throw new Error(`${message}\n${stdout ?? ''}${stderr ?? ''}`)
    }
  }

  /** The same for a command of a tool that is installed. */
  tool(name: string, args: readonly string[], variables: Variables = {}): Promise<string> {
    return this.run(process.execPath, [join(this.folder, 'node_modules', '.bin', name), ...args], variables)
  }

  /** Starts a tool that stays. */
  start(name: string, args: readonly string[]): ChildProcess {
    const command = join(this.folder, 'node_modules', '.bin', name)
    return spawn(process.execPath, [command, ...args], {
      cwd: this.folder,
      env: this.environment({}),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  private environment(variables: Variables): NodeJS.ProcessEnv {
    const { NODE_OPTIONS: _, ...inherited } = process.env
    return { ...inherited, ...this.variables, ...variables }
  }
}

/** The lines that a process prints; asking for one that does not come in time rejects. */
export function linesOf(child: ChildProcess): { next(pattern: RegExp): Promise<string> } {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  return {
    async next(pattern) {
      const deadline = new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`no line like ${pattern} within ${timeoutMs} ms`)), timeoutMs).unref()
      })
      for (;;) {
        const { value, done } = await Promise.race([lines.next(), deadline])
        if (done === true) throw new Error(`the process ended without a line like ${pattern}`)
        if (pattern.test(value)) return value
      }
    },
  }
}
