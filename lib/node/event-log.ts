import type { Event } from '../observe/events.ts'
import type { Logger } from './options.ts'

/** Tells the user's logger what a person would want to know, each event in one line. */
export function logEvent(logger: Logger, event: Event): void {
  switch (event.type) {
    case 'viewActivated':
      return logger.info(`view ${event.epoch} is active: ${event.members.join(', ')}`)
    case 'sessionEnded':
      return logger.warn(`the session ended: ${event.reason}`)
    case 'peerDown':
      return logger.warn(`${event.peer} is down`)
    case 'peerRefused':
      return logger.warn(`refused ${event.from}: ${event.message}`)
    case 'dialFailed':
      return logger.debug(`could not reach ${event.address}: ${event.message}`)
    case 'messageRejected':
      return logger.warn(`${event.peer} sent what is no message: ${event.message}`)
    case 'voteUnsaved':
      return logger.error(`this voter gives no vote, since dataDir cannot be written: ${event.reason}`)
    case 'directoryFailed':
      return logger.error(`the directory cannot be used for the moment: ${event.reason}`)
    case 'clockSkewed':
      return logger.warn(`the clock of ${event.peer} is off by ${event.offsetMs} ms`)
    case 'lockLost':
      return logger.warn(`lost '${event.lock}' with fence ${event.fence}: ${event.reason}`)
    case 'actorFailed':
      return logger.error(`actor '${event.actor}' failed: ${event.message}`)
    default:
      return
  }
}
