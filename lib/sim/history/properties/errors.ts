/** This file checks that requests fail only with the errors that a request may have. */
import { errorRegistry } from '../../../base/errors.ts'
import { type Property, callText } from '../property.ts'

/** How a request may fail: by its deadline, for want of a quorum, given up by its caller, or because its node closes. */
const expectedCodes: readonly string[] = ['TIMEOUT', 'NO_QUORUM', 'ABORTED', 'CLOSED', 'OVERLOADED']

/**
 * Requests fail in expected ways only. The code is one of the registry that a request can have, and CLOSED comes only from a node
 * that closes. The failure is definite: a request that failed has left nothing behind.
 */
export function errors(): Property {
  return {
    before(event, run, report) {
      if (event.type !== 'failed') return
      const call = run.call(event.call)
      if (call === undefined) return
      const code = event.code ?? 'an error without a code'
      const failed = `${callText(call)} fails with ${code}`
      if (!Object.hasOwn(errorRegistry, code)) report('errors', `${failed}, which is no code of Holdfast`, [call.call])
      else if (!expectedCodes.includes(code)) report('errors', `${failed}, which no request can`, [call.call])
      else if (code === 'CLOSED' && run.isAlive(event.process))
        report('errors', `${failed} and its node is not closing`, [call.call])
      if (event.definite === false && expectedCodes.includes(code))
        report('errors', `${failed} and says that it may have happened all the same`, [call.call])
    },
  }
}
