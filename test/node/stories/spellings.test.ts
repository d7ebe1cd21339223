import { expect } from 'chai'
import { createNode, type EventOf, type HoldfastError, type Node, type NodeOptions } from '../../../lib/index.ts'
import { parseOptions } from '../../../lib/node/options.ts'
import { Voteless } from '../../../lib/node/voteless.ts'
import { listedAddress } from '../../../lib/mesh/listening.ts'
import { certificateNames } from '../../../lib/mesh/tls-failures.ts'
import { freeAddresses } from '../../processes/crew.ts'

const portOf = (address: string): string => address.slice(address.lastIndexOf(':') + 1)
const options = { cluster: 'spellings', secret: 'a secret of sixteen', dataDir: false, wait: '15s' } as const

/** A logger that keeps its lines. */
function logger(): { readonly lines: string[]; readonly logger: NonNullable<NodeOptions['logger']> } {
  const lines: string[] = []
  const at = (level: string) => (text: string) => void lines.push(`${level} ${text}`)
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

const failure = (given: NodeOptions): Promise<HoldfastError> =>
  createNode(given).then(
    async (node) => {
      await node.close()
      throw new Error('it joined')
    },
    (error: unknown) => error as HoldfastError,
  )

describe('an address spelled otherwise than in the join list', function () {
  this.timeout(30_000)
  const nodes: Node[] = []
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()))
  })
  const start = async (given: NodeOptions): Promise<Node> => {
    const node = await createNode({ ...options, ...given })
    nodes.push(node)
    return node
  }

  for (const [listed, own] of [
    ['localhost', '127.0.0.1'],
    ['127.0.0.1', 'localhost'],
    ['127.0.0.1', 'LOCALHOST'],
    ['LocalHost.', '127.0.0.1'],
    ['[::ffff:127.0.0.1]', '127.0.0.1'],
    ['127.0.0.1', '[::ffff:7f00:1]'],
    ['[0:0:0:0:0:0:0:1]', '[::1]'],
    ['[::1]', '[0::0001]'],
  ] as const) {
    it(`is the entry: a node at ${own} votes for ${listed}`, async () => {
      const port = portOf((await freeAddresses(1))[0] as string)
      const node = await start({ join: [`${listed}:${port}`], listen: `${own}:${port}` })
      expect(node.view?.voters).to.have.length(1)
    })
  }

  it('in the lists of two nodes makes one cluster of them', async () => {
    const [a, b] = (await freeAddresses(2)).map(portOf) as [string, string]
    const [first, second] = await Promise.all([
      start({ join: [`localhost:${a}`, `127.0.0.1:${b}`], listen: `127.0.0.1:${a}` }),
      start({ join: [`127.0.0.1:${a}`, `LOCALHOST:${b}`], listen: `localhost:${b}` }),
    ])
    await (await first.acquire('door')).release()
    expect(new Set([...first.members, ...second.members].map(({ id }) => id)).size).to.equal(2)
  })

  it('is advertised as listed by a node that listens at all interfaces', async () => {
    const port = portOf((await freeAddresses(1))[0] as string)
    const node = await start({ join: [`localhost:${port}`], listen: `0.0.0.0:${port}` })
    expect(node.address).to.equal(`127.0.0.1:${port}`)
  })

  it('that leads to this very node is named at once, with what to do, in the log and in NO_QUORUM', async () => {
    const port = portOf((await freeAddresses(1))[0] as string)
    const { lines, logger: log } = logger()
    // Linux takes all of 127.0.0.0/8 at a listener on every interface; the node gives another address as its own.
    const join = [`127.0.0.1:${port}`]
    const error = await failure({
      ...options,
      join,
      listen: `127.0.0.1:${port}`,
      advertise: `node-1:${port}`,
      logger: log,
      wait: '4s',
    })
    expect(error.code).to.equal('NO_QUORUM')
    for (const text of [error.message, lines.find((line) => line.startsWith('warn '))])
      expect(text).to.match(
        new RegExp(
          `the address of this node, node-1:${port}, is not in its join list \\(127.0.0.1:${port}\\), so it has no vote; ` +
            `127.0.0.1:${port} of the list leads to this very node: set advertise to '127.0.0.1:${port}'`,
        ),
      )
  })

  it('is named when no node of the list answers, at once in the log and the event, and in NO_QUORUM', async () => {
    const [own, other] = (await freeAddresses(2)) as [string, string]
    const join = [`[::1]:${portOf(own)}`, other]
    const { lines, logger: log } = logger()
    const error = await failure({ ...options, join, listen: own, logger: log, wait: '4s' })
    expect(error.code).to.equal('NO_QUORUM')
    expect(error.message).to.contain(
      `the address of this node, ${own}, is not in its join list (${join.join(', ')}), so it has no vote; ` +
        'no node answers at any address of the list',
    )
    const warnings = lines.filter((line) => line.startsWith('warn '))
    expect(warnings).to.have.length(1)
    expect(error.message).to.contain((warnings[0] as string).slice('warn '.length))
  })

  it('that leads to a member without a vote is named in its log, and in explain', async () => {
    const [first, second] = (await freeAddresses(2)) as [string, string]
    const join = [first, second]
    await start({ join, listen: first })
    const { lines, logger: log } = logger()
    const member = await start({ join, listen: second, advertise: `node-2:${portOf(second)}`, logger: log })
    const says = `${second} of the list leads to this very node: set advertise to '${second}'`
    expect(lines.filter((line) => line.startsWith('warn ') && line.includes(says))).to.have.length(1)
    expect((await member.explain('door')).advice.join()).to.contain(says)
  })

  it('is no fault of a member without a vote: where a node of the list is up, nothing is warned of', async () => {
    const [listed] = (await freeAddresses(1)) as [string]
    await start({ join: [listed], listen: listed })
    const { lines, logger: log } = logger()
    const member = await start({ join: [listed], logger: log })
    const told: EventOf<'voteless'>[] = []
    member.on('voteless', (event) => told.push(event))
    expect([lines.filter((line) => /^(warn|error) /.test(line)), told]).to.deep.equal([[], []])
    expect((await member.explain('door')).advice.join()).to.not.contain('join list')
  })
})

describe('the signs that a node was meant to vote', () => {
  const join = ['a:1', 'b:1']

  it('give no sign for an entry of the list', () => {
    const voteless = new Voteless(join, 'a:1')
    for (const entry of join) voteless.failed(entry)
    expect([voteless.complaint, voteless.mistake]).to.deep.equal([null, null])
  })

  it('give no sign while one entry was not tried, or answered last', () => {
    const voteless = new Voteless(join, 'c:1')
    voteless.failed('a:1')
    expect(voteless.complaint).to.equal(null)
    voteless.failed('b:1')
    expect(voteless.complaint).to.match(/c:1, is not in its join list \(a:1, b:1\).*no node answers/)
    voteless.answered('a:1')
    expect(voteless.complaint).to.equal(null)
  })

  it('are certain when an entry leads to the node itself', () => {
    const voteless = new Voteless(join, 'c:1')
    voteless.reachedSelf('elsewhere:1')
    expect(voteless.mistake).to.equal(null)
    voteless.reachedSelf('b:1')
    expect(voteless.mistake).to.match(/set advertise to 'b:1'/)
  })
})

describe('options that hold addresses', () => {
  const refusal = (given: NodeOptions): HoldfastError => {
    try {
      parseOptions(given)
    } catch (error) {
      return error as HoldfastError
    }
    throw new Error('they were taken')
  }

  it('are kept in their one spelling', () => {
    const settings = parseOptions({
      join: ['HOST-A:7000', '[0::1]:7001'],
      listen: 'Localhost:07000',
      advertise: 'Host-A.:7000',
    })
    expect(settings).to.deep.include({ join: ['host-a:7000', '[::1]:7001'], listen: '127.0.0.1:7000', advertise: 'host-a:7000' })
    expect(settings.config.joinList).to.deep.equal(settings.join)
  })

  for (const [name, given, option, says] of [
    ['one address in two spellings', { join: ['localhost:1', '127.0.0.1:1'] }, 'join', /twice: 127\.0\.0\.1:1/],
    [
      'one address in two spellings, the other order',
      { join: ['127.0.0.1:1', 'LOCALHOST:1'] },
      'join',
      /LOCALHOST:1, which is 127/,
    ],
    ['an entry without a port', { join: ['10.0.0.1'] }, 'join', /each entry of join.*'10\.0\.0\.1', which has no port/],
    ['an entry that no node can be dialled at', { join: ['0.0.0.0:1'] }, 'join', /0\.0\.0\.0 stands for every address/],
    ['the same of IPv6', { join: ['[0::0]:1'] }, 'join', /\[0::0\]:1, and :: stands for every address/],
    ['an advertised address that no node can be dialled at', { advertise: '0.0.0.0:1' }, 'advertise', /stands for every address/],
    ['the same of IPv6, otherwise spelled', { advertise: '[::ffff:0.0.0.0]:1' }, 'advertise', /stands for every address/],
  ] as const) {
    it(`are refused: ${name}`, () => {
      const error = refusal(given)
      expect(error).to.include({ code: 'BAD_OPTION', option })
      expect(error.message).to.match(says)
    })
  }
})

describe('the address that a node at all interfaces advertises', () => {
  const face = (address: string, internal = false) =>
    [{ address, internal, family: address.includes(':') ? 'IPv6' : 'IPv4', netmask: '', mac: '', cidr: null }] as never
  const interfaces = {
    lo: face('127.0.0.1', true),
    docker0: face('172.17.0.1'),
    eth0: face('10.0.0.2'),
    eth1: face('2001:db8::2'),
  }

  for (const [name, join, port, found] of [
    ['is the entry of the list that is its own', ['10.0.0.1:7000', '10.0.0.2:7000'], 7000, '10.0.0.2:7000'],
    ['is that of IPv6 too', ['10.0.0.1:7000', '[2001:db8::2]:7000'], 7000, '[2001:db8::2]:7000'],
    ['is no entry with another port', ['10.0.0.1:7000', '10.0.0.2:7001'], 7000, null],
    ['is no loopback address among others, which every host has', ['127.0.0.1:7000', '10.0.0.9:7000'], 7000, null],
    ['is a loopback address where the list has no others', ['127.0.0.1:7000', '127.0.0.1:7001'], 7000, '127.0.0.1:7000'],
  ] as const) {
    it(name, () => expect(listedAddress(join, port, interfaces)).to.equal(found))
  }
})

describe('a certificate', () => {
  const certificate = (subjectaltname: string) => ({ subject: {}, subjectaltname }) as never

  it('for localhost serves at 127.0.0.1, as which localhost is dialled, and nowhere else', () => {
    expect(certificateNames(certificate('DNS:localhost'), '127.0.0.1:1')).to.equal(true)
    expect(certificateNames(certificate('DNS:localhost'), '127.0.0.2:1')).to.equal(false)
    expect(certificateNames(certificate('DNS:elsewhere'), '127.0.0.1:1')).to.equal(false)
  })
})
