/**
 * A network for each node (ip-netns(8), veth(4), nft(8)): namespaces of the test's own around a bridge in one more, so
 * that nothing of the host's network changes. A packet filter in each drops what a fault says: a cable that is pulled,
 * one way or both, and frames that are lost.
 */
import { execFileSync } from 'node:child_process'

/** Why there can be no namespaces here, or null. */
export function noNamespaces(): string | null {
  probed ??= { missing: probe() }
  return probed.missing
}

let probed: { readonly missing: string | null } | undefined

function probe(): string | null {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  for (const command of ['ip', 'nft']) {
    try {
      execFileSync(command, ['-V'], { stdio: 'ignore' })
    } catch {
      return `the command ${command} is missing`
    }
  }
  const name = `hf-probe-${process.pid}`
  try {
    run('ip', 'netns', 'add', name)
    run('ip', '-n', name, 'link', 'add', 'probe', 'type', 'bridge')
    run('ip', 'netns', 'exec', name, 'nft', 'add', 'table', 'inet', 'probe')
    return null
  } catch (error) {
    return `network namespaces cannot be made here: ${(error as Error).message}`
  } finally {
    quietly('ip', 'netns', 'delete', name)
  }
}

/** The networks of one cluster. Each node has two addresses and advertises the first. */
export class Namespaces {
  private readonly prefix: string
  private readonly count: number
  private lost = 0
  private readonly removeAtExit = (): void => this.remove()

  constructor(count: number) {
    this.prefix = `hf${process.pid}x${++made}`
    this.count = count
    // A run that is ended by force leaves no network behind.
    process.once('exit', this.removeAtExit)
    const hub = `${this.prefix}hub`
    run('ip', 'netns', 'add', hub)
    run('ip', '-n', hub, 'link', 'add', 'bridge', 'type', 'bridge')
    run('ip', '-n', hub, 'link', 'set', 'bridge', 'up')
    for (let index = 0; index < count; index++) this.add(hub, index)
  }

  /** `host:port` of a node. */
  address(index: number): string {
    return `${this.host(index)}:7000`
  }

  /** The command in front of another that runs it in a node's network. */
  wrapper(index: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.name(index)]
  }

  /** What some send to others does not arrive. */
  drop(from: readonly number[], to: readonly number[]): void {
    const hosts = from.flatMap((index) => [this.host(index), this.second(index)]).join(', ')
    for (const index of to) this.nft(index, 'add', 'rule', 'inet', 'nemesis', 'input', 'ip', 'saddr', `{ ${hosts} }`, 'drop')
  }

  /** Of all frames that reach a node so many in a hundred are lost. */
  lose(percent: number): void {
    for (let index = 0; index < this.count; index++) {
      const frames = ['iifname', 'eth0', 'numgen', 'random', 'mod', '100', '<', String(percent), 'counter', 'drop']
      this.nft(index, 'add', 'rule', 'inet', 'nemesis', 'input', ...frames)
    }
  }

  /** How many were lost since. */
  framesLost(): number {
    return this.lost
  }

  heal(): void {
    for (let index = 0; index < this.count; index++) {
      const rules = execFileSync('ip', ['netns', 'exec', this.name(index), 'nft', 'list', 'ruleset'], { encoding: 'utf8' })
      for (const [, packets] of rules.matchAll(/counter packets (\d+)/g)) this.lost += Number(packets)
    }
    for (let index = 0; index < this.count; index++) this.nft(index, 'flush', 'chain', 'inet', 'nemesis', 'input')
  }

  /** Takes everything away, with the links in it. */
  remove(): void {
    process.off('exit', this.removeAtExit)
    for (let index = 0; index < this.count; index++) quietly('ip', 'netns', 'delete', this.name(index))
    quietly('ip', 'netns', 'delete', `${this.prefix}hub`)
  }

  private add(hub: string, index: number): void {
    const name = this.name(index)
    run('ip', 'netns', 'add', name)
    run('ip', '-n', hub, 'link', 'add', `port${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    run('ip', '-n', hub, 'link', 'set', `port${index}`, 'master', 'bridge')
    run('ip', '-n', hub, 'link', 'set', `port${index}`, 'up')
    for (const host of [this.host(index), this.second(index)]) run('ip', '-n', name, 'addr', 'add', `${host}/16`, 'dev', 'eth0')
    run('ip', '-n', name, 'link', 'set', 'lo', 'up')
    run('ip', '-n', name, 'link', 'set', 'eth0', 'up')
    this.nft(index, 'add', 'table', 'inet', 'nemesis')
    this.nft(index, 'add', 'chain', 'inet', 'nemesis', 'input', '{ type filter hook input priority 0 ; }')
  }

  private name(index: number): string {
    return `${this.prefix}n${index}`
  }

  private host(index: number): string {
    return `10.77.0.${index + 1}`
  }

  private second(index: number): string {
    return `10.77.1.${index + 1}`
  }

  private nft(index: number, ...command: readonly string[]): void {
    run('ip', 'netns', 'exec', this.name(index), 'nft', ...command)
  }
}

let made = 0

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

function quietly(command: string, ...args: readonly string[]): void {
  try {
    run(command, ...args)
  } catch {
    // It was not there.
  }
}
