/**
 * This file opens what a tenure needs before it can begin, and closes it at the end: the directory or the join list's
 * place to vote, the transport with the links over it, and the register that stands on them.
 */
import { nodeFormat } from '../mutex/format.ts'
import type { Context } from '../world/context.ts'
import { Links } from '../link/links.ts'
import type { Directory, Identity, Patience, State, Transport, Vault, World } from '../world/world.ts'
import type { NodeId } from '../base/ids.ts'
import { messageOf } from '../base/message-of.ts'
import type { Event } from '../observe/events.ts'
import { Epochs } from '../view/epochs.ts'
import { LocalRegister } from '../view/local-register.ts'
import { QuorumRegister } from '../view/quorum-register.ts'
import type { Register, RegisterTimer } from '../view/register.ts'
import { VoteKeeper, voterKey } from '../view/vote.ts'
import type { Life } from './life.ts'
import type { Settings } from './options.ts'

/** Open doors. */
export interface Doors {
  readonly transport: Transport
  readonly links: Links
  /** Where the processes of one host meet; null with a join list. */
  readonly directory: Directory | null
  /** What this host remembers of the cluster; null if it remembers nothing, or this node has nothing to store. */
  readonly state: State | null
  /** The vote that is kept on disk, if it is. */
  readonly vote: Vote | null
}

interface Vote {
  readonly vault: Vault
  readonly keeper: VoteKeeper
}

/**
 * Opens all of them. If one cannot be opened, rejects with its error, and closes the others.
 *
 * @param patience By which the opening can be given up.
 */
export async function openDoors({ world, settings, feed, counters }: Life, id: NodeId, patience: Patience): Promise<Doors> {
  const { unacknowledgedMax, frameBytesMax } = settings.limits
  const links = new Links({
    world,
    self: id,
    limits: { unacknowledgedMax, frameBytesMax },
    format: nodeFormat,
    emit: feed.emit,
    counters,
  })
  const directory = typeof settings.join === 'string' ? await world.openDirectory(settings.cluster, patience) : null
  patience.waitsFor(`${settings.listen ?? 'a socket'} to be listened at`)
  let transport: Transport | undefined
  try {
    transport = await world.openTransport(
      { id, cluster: settings.cluster, role: 'member', ...secretFor(settings, directory) },
      links,
      patience,
      directory,
    )
    const { address, noSocketReason } = transport
    if (typeof noSocketReason === 'string') feed.emit({ type: 'listenedAtPort', address, message: noSocketReason })
    directory?.publish(id, address)
    // The address is bound by now: no second process at it votes.
    const state = stateOf(world, settings, address)
    const vote = state === null || directory !== null ? null : openVote(state, settings, address, feed.emit)
    links.attach(transport)
    return { directory, transport, links, state, vote }
  } catch (error) {
    await transport?.close()
    directory?.close()
    throw error
  }
}

/** Resolves when no connection, listener or file is left open. */
export async function closeDoors({ directory, transport, links, vote }: Doors, id: NodeId): Promise<void> {
  directory?.withdraw(id)
  links.close()
  await transport.close()
  vote?.vault.close()
  directory?.close()
}

/** The secret that the handshake proves: the option's, or the directory's, or none. */
export function secretFor({ secret }: Settings, directory: Directory | null): Pick<Identity, 'secret' | 'secretFrom'> {
  if (secret !== undefined) return { secret }
  return directory === null ? {} : { secret: directory.secret, secretFrom: directory.path }
}

/** The register that decides views. */
export function registerBehind(doors: Doors, context: Context<RegisterTimer>, settings: Settings, world: World): Register {
  const { directory, state, vote, transport } = doors
  const { cluster, config, dataDir, epochFloor, epochLeast, join } = settings
  const epochs = new Epochs(context, {
    process: world.epochs,
    name: JSON.stringify(directory === null ? [cluster, ...config.joinList] : [directory.path]),
    marks: state,
    isTransient: join === 'memory',
    least: epochLeast,
  })
  const options = { cluster, address: transport.address, config, epochs }
  if (directory !== null) return new LocalRegister(context, directory, options)
  const isVoteDemanded = typeof dataDir === 'string'
  return new QuorumRegister(context, { ...options, keeper: vote?.keeper ?? null, isVoteDemanded, epochFloor })
}

/** Members without a vote decide nothing, and so have nothing to remember. */
function stateOf(world: World, { join, dataDir, cluster, config }: Settings, address: string): State | null {
  const decides = join === 'local' || config.joinList.includes(address)
  return dataDir === false || !decides ? null : world.openState(dataDir, cluster)
}

/**
 * Reads the vote of the process before; null if no vote can be kept in the default folder. A vote that exists and cannot be read
 * is an error, and never ignored.
 */
function openVote(state: State, settings: Settings, address: string, emit: (event: Event) => void): Vote | null {
  const { dataDir, config, cluster } = settings
  const voter = { cluster, address, joinList: config.joinList }
  let vault: Vault
  try {
    vault = state.openVault(voterKey(voter))
  } catch (error) {
    if (dataDir !== undefined) throw error
    emit({ type: 'stateUnsaved', message: messageOf(error) })
    return null
  }
  try {
    return { vault, keeper: new VoteKeeper(vault, voter, state) }
  } catch (error) {
    vault.close()
    throw error
  }
}
