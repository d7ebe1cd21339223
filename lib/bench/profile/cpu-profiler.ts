/** This file records what this process spends its time on, by the profiler of V8. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { invariant } from '../../base/assert.ts'

/** Short enough for a slice of seconds: a few thousand samples. */
const intervalUs = 250

/** The profiler of this process. It has no cost until it starts. */
export class CpuProfiler {
  private session: Session | undefined

  async start(): Promise<void> {
    this.session = new Session()
    this.session.connect()
    await this.post('Profiler.enable')
    await this.post('Profiler.setSamplingInterval', { interval: intervalUs })
    await this.post('Profiler.start')
  }

  /** Writes the profile since `start` to this path, as `.cpuprofile` files are. */
  async stop(path: string): Promise<void> {
    const { profile } = (await this.post('Profiler.stop')) as { readonly profile: object }
    this.session?.disconnect()
    this.session = undefined
    writeFileSync(path, JSON.stringify(profile))
  }

  private post(method: string, params: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      invariant(this.session !== undefined, 'the profiler is started first')
      this.session.post(method, params, (error, result) => (error === null ? resolve(result) : reject(error)))
    })
  }
}
