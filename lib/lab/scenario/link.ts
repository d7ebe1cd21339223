/**
 * This file writes a scenario as the part of a link after `#`, and reads it back. It can be read and written by hand:
 * `#algorithm=raymond:star&nodes=5&seed=3&do=12:drop:7,15:crash:B`. Options that a link leaves out are as in `defaultScenario`.
 */
import { BadOptionError } from '../../base/errors.ts'
import { type Intervention, interventionOf, interventionText } from './interventions.ts'
import { checkedScenario, defaultScenario, nodesOf, type Scenario } from './scenario.ts'

const keys = ['algorithm', 'nodes', 'seed', 'load', 'delay', 'fifo', 'loss', 'section', 'users', 'do', 'at'] as const
type Key = (typeof keys)[number]

/** What a link holds: a scenario, and at which step to look at it. */
export interface ScenarioLink {
  readonly scenario: Scenario
  readonly step: number
}

/** The link's part after `#`, without it: only what differs from the default. */
export function linkText({ scenario, step }: ScenarioLink): string {
  const parts: [Key, string][] = [['algorithm', scenario.algorithm]]
  const tell = (key: Key, value: string | number, usual: string | number): void => {
    if (value !== usual) parts.push([key, String(value)])
  }
  tell('nodes', scenario.nodes, defaultScenario.nodes)
  tell('seed', scenario.seed, defaultScenario.seed)
  tell('load', scenario.load, defaultScenario.load)
  tell('delay', scenario.delay, defaultScenario.delay)
  tell('fifo', yesOrNo(scenario.isFifo), yesOrNo(defaultScenario.isFifo))
  tell('loss', scenario.loss, defaultScenario.loss)
  tell('section', scenario.sectionT ?? 'hands', defaultScenario.sectionT ?? 'hands')
  tell('users', scenario.users, defaultScenario.users)
  tell('do', scenario.interventions.map((placed) => `${placed.after}:${interventionText(placed.do)}`).join(','), '')
  tell('at', step, 0)
  return parts.map(([key, value]) => `${key}=${readable(value)}`).join('&')
}

/**
 * Reads the part of a link after `#`.
 *
 * @throws BAD_OPTION that names the key, and what it may be.
 */
export function linkOf(text: string): ScenarioLink {
  const said = new Map<string, string>()
  for (const part of text.split('&').filter((each) => each !== '')) {
    const [key = '', ...value] = part.split('=')
    if (!(keys as readonly string[]).includes(key)) {
      throw new BadOptionError(`the link says '${key}', and there is no such option; there are ${keys.join(', ')}`, {
        option: key,
      })
    }
    said.set(key, unescaped(value.join('='), key))
  }
  const get = (key: Key): string | undefined => said.get(key)
  const base: Scenario = {
    ...defaultScenario,
    algorithm: get('algorithm') ?? defaultScenario.algorithm,
    load: get('load') ?? defaultScenario.load,
    delay: get('delay') ?? defaultScenario.delay,
    nodes: numberOf(get('nodes'), 'nodes', defaultScenario.nodes),
    seed: numberOf(get('seed'), 'seed', defaultScenario.seed),
    users: numberOf(get('users'), 'users', defaultScenario.users),
    loss: numberOf(get('loss'), 'loss', defaultScenario.loss),
    isFifo: isYes(get('fifo')),
    sectionT: get('section') === 'hands' ? null : numberOf(get('section'), 'section', defaultScenario.sectionT ?? 1),
  }
  // The nodes must be known before anything can be done to them.
  checkedScenario(base)
  const scenario = checkedScenario({ ...base, interventions: placedOf(get('do') ?? '', nodesOf(base)) })
  const step = numberOf(get('at'), 'at', 0)
  if (!Number.isInteger(step) || step < 0) throw new BadOptionError(`at: '${step}' is no number of steps`, { option: 'at' })
  return { scenario, step }
}

function placedOf(text: string, nodes: readonly string[]): { after: number; do: Intervention }[] {
  const parts = text.split(',').filter((each) => each !== '')
  return parts.map((part) => {
    const at = part.indexOf(':')
    return { after: numberOf(part.slice(0, Math.max(at, 0)), 'do', -1), do: interventionOf(part.slice(at + 1), nodes) }
  })
}

function numberOf(text: string | undefined, option: string, usual: number): number {
  if (text === undefined) return usual
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new BadOptionError(`${option}: '${text}' is no number`, { option })
  return value
}

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no')

function isYes(text: string | undefined): boolean {
  if (text === undefined) return defaultScenario.isFifo
  if (text === 'yes' || text === 'no') return text === 'yes'
  throw new BadOptionError(`fifo: '${text}' is neither 'yes' nor 'no'`, { option: 'fifo' })
}

/** Escaped, but for what a link may have after `#` as it is. */
function readable(text: string): string {
  return encodeURIComponent(text).replace(/%(3A|2C|2B|2F)/g, (code) => decodeURIComponent(code))
}

function unescaped(text: string, option: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    throw new BadOptionError(`${option}: '${text}' is not escaped as links are`, { option, cause: error })
  }
}
