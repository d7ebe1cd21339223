import { createServer } from 'node:net'
import { expect } from 'chai'
import { createNode } from '../../lib/index.ts'
import { holdfast } from './holdfast.ts'

const secret = 'a secret of sixteen'

const recover = (...words: string[]) => holdfast(['recover', ...words], { HOLDFAST_SECRET: secret })

/** A port that is free, at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

describe('holdfast recover', () => {
  it('without --force only explains what may break, and says 64', async () => {
    const { code, stdout, stderr } = await recover('--join', '127.0.0.1:1')
    expect(code).to.equal(64)
    expect(stdout).to.equal('')
    expect(stderr)
      .to.match(/nothing was done, since --force was not given/)
      .and.match(/both sides grant the same locks/)
  })

  it('needs a list: on one host there is nothing to recover', async () => {
    expect((await recover('--force')).code).to.equal(64)
    expect((await recover('--force', '--join', 'local')).code).to.equal(64)
  })

  it('says 69 when no survivor is there', async () => {
    const { code, stderr } = await recover('--force', '--join', `127.0.0.1:${await freePort()}`)
    expect(code).to.equal(69)
    expect(stderr).to.match(/no survivor at 127\.0\.0\.1:\d+: .*; nothing was changed\n$/)
  })

  it('lets one survivor of three go on, and says 1 when there is a majority', async () => {
    const join: string[] = []
    for (let each = 0; each < 3; each++) join.push(`127.0.0.1:${await freePort()}`)
    const own = join[0] as string
    const starting = createNode({ join, listen: own, secret, wait: '30s', profile: { base: 'lan', session: '1s' } })
    const { code, stdout } = await recover('--force', '--json', '--join', own)
    expect(code).to.equal(0)
    const node = await starting
    try {
      expect(JSON.parse(stdout)).to.deep.equal({ cluster: 'default', join: [own], recovered: [own], epoch: node.view?.epoch })
      const again = await recover('--force', '--join', own)
      expect(again.code).to.equal(1)
      expect(again.stderr).to.match(/in view \d+, so a majority is there/)
    } finally {
      await node.close()
    }
  }).timeout(40_000)
})
