import { expect } from 'chai'
import { createNode, type NodeOptions } from '../../lib/index.ts'
import { node as certificates } from '../mesh/certificates.ts'
import { freeAddresses } from '../processes/crew.ts'

const secret = 'a secret of sixteen'

describe('a join list on loopback', function () {
  this.timeout(20_000)

  /** What a node with these options warns of, and what its `explain` advises about secrets. */
  async function said(options: NodeOptions): Promise<{ warnings: string[]; advice: string[] }> {
    const join = await freeAddresses(1)
    const warnings: string[] = []
    const quiet = (): void => undefined
    const logger = { debug: quiet, info: quiet, error: quiet, warn: (text: string) => void warnings.push(text) }
    const node = await createNode({ cluster: 'unguarded', join, listen: join[0] as string, logger, wait: '15s', ...options })
    try {
      const { advice } = await node.explain('door')
      return { warnings, advice: advice.filter((each) => each.includes("'secret'")) }
    } finally {
      await node.close()
    }
  }

  it('with neither a secret nor TLS warns once that every user of the host can join, and what to do; explain too', async () => {
    const { warnings, advice } = await said({})
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.match(
      /^give all nodes the same 'secret': every user and every container that reaches 127\.0\.0\.1:\d+/,
    )
    expect(advice).to.deep.equal(warnings)
  })

  for (const [name, options] of [
    ['a secret', { secret }],
    ['TLS', { tls: certificates }],
    ['insecure, which says that it is meant', { insecure: true }],
  ] as const) {
    it(`with ${name} warns of nothing`, async () => {
      expect(await said(options)).to.deep.equal({ warnings: [], advice: [] })
    })
  }
})
