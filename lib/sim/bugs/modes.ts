/** This file has the mistakes with holders whose modes differ and go together (Gray, Lorie, Putzolu and Traiger 1976). */
import type { NodeId } from '../../base/ids.ts'
import { Mode, modeKinds } from '../../base/mode.ts'
import { carvalhoRoucairol } from '../../mutex/carvalho-roucairol.ts'
import { Loans } from '../../mutex/loans.ts'
import { ricartAgrawala } from '../../mutex/ricart-agrawala.ts'
import type { Bug } from './bug.ts'
import { PermissionPort, type PermissionRequest } from './permission-port.ts'
import { atPortOf } from './port.ts'
import { replaceMethod } from './replace.ts'

const source = 'Gray, Lorie, Putzolu and Traiger 1976'

const words = modeKinds.filter((kind) => kind !== 'permits').map((kind) => Mode.of(kind))

class UpgradableTakenTwice extends PermissionPort {
  protected override requested(from: NodeId, request: PermissionRequest): void {
    const { mode } = request
    const isSecond = !mode.isAlone && !mode.isCompatibleWith(mode) && this.inside.of(mode) > 0
    if (isSecond && this.pending === null) this.letIn(from, request)
    else super.requested(from, request)
  }
}

export const modeBugs: readonly Bug[] = [
  {
    name: 'loans-of-one-mode',
    property: 'exclusion',
    breaks:
      'The token is lent in several modes at once. A lender that looks at one loan which goes together with a request lets in what another loan excludes.',
    source,
    apply: () =>
      replaceMethod(Loans, 'exclude', (loans, original, mode) => {
        const goesBeside = (other: Mode): boolean => loans.entriesOf(other) > 0 && other.isCompatibleWith(mode)
        return original(mode) && !words.some(goesBeside)
      }),
  },
  {
    name: 'upgradable-taken-twice',
    property: 'exclusion',
    breaks:
      'One holder at a time may be the next writer. A site that has that mode and lets a second one in has promised the same to both.',
    // The lab asks for no such mode, and so cannot show it.
    apply: atPortOf([ricartAgrawala, carvalhoRoucairol], UpgradableTakenTwice).apply,
  },
]
