/**
 * What an incarnation opens before it can begin, and closes when it is over: the directory or the join list's place to
 * vote, the transport, and the register that stands on them.
 */
import type { Context } from '../actor/context.ts'
import type { Directory, Transport, TransportHandler, Vault, World } from '../actor/world.ts'
import type { NodeId } from '../base/ids.ts'
import { LocalRegister } from '../view/local-register.ts'
import { QuorumRegister } from '../view/quorum-register.ts'
import type { Register, RegisterTimer } from '../view/register.ts'
import { VoteKeeper } from '../view/vote.ts'
import type { Settings } from './options.ts'

/** Open doors. */
export interface Doors {
  readonly transport: Transport
  /** Where the processes of one host meet; null with a join list. */
  readonly directory: Directory | null
  /** The vote that is kept on disk, if it is. */
  readonly vote: Vote | null
}

interface Vote {
  readonly vault: Vault
  readonly keeper: VoteKeeper
}

/** Opens all of them. Rejects with what the world says against it, and nothing is left open then. */
export async function openDoors(world: World, settings: Settings, id: NodeId, handler: TransportHandler): Promise<Doors> {
  const directory = typeof settings.join === 'string' ? await world.openDirectory(settings.cluster) : null
  let transport: Transport | undefined
  try {
    const secret = settings.secret ?? directory?.secret
    transport = await world.openTransport(
      { id, cluster: settings.cluster, role: 'member', ...(secret === undefined ? {} : { secret }) },
      handler,
    )
    directory?.publish(id, transport.address)
    // The address is bound by now: no second process at it votes.
    return { directory, transport, vote: openVote(world, settings, transport.address) }
  } catch (error) {
    await transport?.close()
    directory?.close()
    throw error
  }
}

/** Resolves when no connection, listener or file is left open. */
export async function closeDoors({ directory, transport, vote }: Doors): Promise<void> {
  await transport.close()
  vote?.vault.close()
  directory?.close()
}

/** What decides views behind these doors. */
export function registerBehind(doors: Doors, context: Context<RegisterTimer>, settings: Settings): Register {
  const { directory, vote, transport } = doors
  const { cluster, config, epochFloor } = settings
  const options = { cluster, address: transport.address, config }
  return directory !== null
    ? new LocalRegister(context, directory, options)
    : new QuorumRegister(context, { ...options, keeper: vote?.keeper ?? null, epochFloor })
}

/** Takes up the vote that the process before left in `dataDir`; null for whoever has no vote, or no such folder. */
function openVote(world: World, settings: Settings, address: string): Vote | null {
  const { dataDir, config, cluster } = settings
  if (dataDir === undefined || !config.joinList.includes(address)) return null
  const vault = world.openVault(dataDir)
  try {
    return { vault, keeper: new VoteKeeper(vault, { cluster, address }) }
  } catch (error) {
    vault.close()
    throw error
  }
}
