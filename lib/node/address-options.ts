/** This file takes the options that are addresses: `join`, `listen` and `advertise`. Each address gets its one spelling. */
import { type Address, formatAddress, isUnspecified, parseAddress } from '../base/address.ts'
import { BadOptionError } from '../base/errors.ts'
import { readingOptions } from '../base/options.ts'

/** `local`, `memory`, or a frozen list of addresses at which nodes can be dialled. @throws BAD_OPTION */
export function takeJoin(join: unknown, option: string): 'local' | 'memory' | readonly string[] {
  if (join === 'local' || join === 'memory') return join
  const entries: readonly unknown[] = readingOptions(option, () => (Array.isArray(join) ? [...join] : []))
  if (entries.length === 0 || !entries.every((entry) => typeof entry === 'string'))
    throw bad(option, `must be 'local', 'memory' or a list of addresses such as ['10.0.0.1:7000', '10.0.0.2:7000']`)
  const list: string[] = []
  for (const entry of entries as readonly string[]) {
    const address = parseAddress(entry, option, `each entry of ${option}`)
    const spelled = formatAddress(address)
    if (address.port === 0)
      throw bad(option, `names ${entry}: a node at port 0 cannot be found; name the port that it listens at`)
    checkDialled(address, `names ${entry}`, option)
    if (list.includes(spelled))
      throw bad(option, `names an address twice: ${entry === spelled ? entry : `${entry}, which is ${spelled}`}`)
    list.push(spelled)
  }
  return Object.freeze(list)
}

/** @throws BAD_OPTION */
export function takeListen(listen: unknown, option: string): string {
  return formatAddress(parseAddress(listen, option))
}

/** @throws BAD_OPTION */
export function takeAdvertise(advertise: unknown, option: string): string {
  const address = parseAddress(advertise, option)
  checkDialled(address, `is ${String(advertise)}`, option)
  return formatAddress(address)
}

/** @throws BAD_OPTION for an address that stands for all addresses of a machine. */
function checkDialled({ host }: Address, what: string, option: string): void {
  if (!isUnspecified(host)) return
  throw bad(
    option,
    `${what}, and ${host} stands for every address of a machine: a node can listen there, and no node can be dialled there; ` +
      'name the address that the other hosts reach',
  )
}

function bad(option: string, problem: string): BadOptionError {
  return new BadOptionError(`${option} ${problem}`, { option })
}
