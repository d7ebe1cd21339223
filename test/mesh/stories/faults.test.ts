import { expect } from 'chai'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Child } from '../../../lib/children/child.ts'
import { startProcess } from '../../../lib/children/process.ts'
import { headers, hostName, newNonce, parts, paths } from '../../../lib/mesh/handshake.ts'
import { protocolVersion } from '../../../lib/wire/messages.ts'
import { ask, helloOf, knock, proven } from '../knocking.ts'
import { codeOf, join, TestMesh, type TestPeer, text } from '../peers.ts'
import { Proxy } from '../proxy.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('mesh: connections that fail', () => {
  const mesh = new TestMesh()
  const proxies: Proxy[] = []
  const through = async (peer: TestPeer): Promise<Proxy> => {
    const proxy = await Proxy.to(peer.address)
    proxies.push(proxy)
    return proxy
  }
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) proxy.close()
    await mesh.close()
  })

  it('hears of a reset at once, and connects again', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    const proxy = await through(b)
    a.transport.dial(proxy.address)
    await Promise.all([a.untilConnected(b), b.untilConnected(a)])
    proxy.reset()
    await Promise.all([a.until(() => !a.transport.isConnected('b')), b.until(() => !b.transport.isConnected('a'))])
    await join(a, b)
  })

  for (const [dialler, listener] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    for (const maker of ['dialler', 'listener'] as const) {
      it(`lets ${dialler} replace the connection in which only ${listener} still believes, made by the ${maker}`, async () => {
        const [d, l] = [await mesh.peer(dialler), await mesh.peer(listener)]
        const [from, to] = maker === 'dialler' ? [d, l] : [l, d]
        const proxy = await through(to)
        from.transport.dial(proxy.address)
        await Promise.all([d.untilConnected(l), l.untilConnected(d)])
        proxy.stall()
        d.transport.disconnect(l.id, 'gave up')
        expect(l.transport.isConnected(d.id)).to.equal(true)
        d.transport.dial(l.address)
        await d.untilConnected(l)
        expect(l.log).to.deep.equal([`connected ${d.id}`, `disconnected ${d.id} replaced`, `connected ${d.id}`])
        l.transport.send(d.id, text('anew'), false)
        await d.until(() => d.frames.length === 1)
      })
    }
  }

  it('shows what waits for a reader that has stopped, and lets go of it at a disconnect', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const proxy = await through(b)
      a.transport.dial(proxy.address)
      await Promise.all([a.untilConnected(b), b.untilConnected(a)])
      proxy.stall()
      const block = Buffer.alloc(1_000_000)
      for (let i = 0; i < 30; i++) {
        from.transport.send(to.id, block, false)
        await turn()
      }
      expect(from.transport.bufferedBytes(to.id)).to.be.within(10_000_000, 31_000_000)
      expect(from.transport.send(to.id, text('gossip'), true)).to.equal(false)
      from.transport.disconnect(to.id, 'does not read')
      expect(from.transport.bufferedBytes(to.id)).to.equal(0)
      proxy.reset()
      await to.until(() => !to.transport.isConnected(from.id))
    }
  })

  it('reports a killed process, and that no process listens there any more', async () => {
    const a = await mesh.peer('a')
    let child: Child<object, string> | undefined
    const address = await new Promise<string>((resolve) => {
      child = startProcess<object, string>('a peer', new URL('../child.js', import.meta.url), {
        args: ['listen', 'child'],
        hear: resolve,
      })
    })
    a.transport.dial(address)
    await a.until(() => a.transport.isConnected('child'))
    child?.kill()
    await a.until(() => !a.transport.isConnected('child'))
    a.transport.dial(address)
    await a.until(() => a.failures.length === 1)
    expect(a.failures[0]?.error.message).to.include('cannot reach')
  })

  it('gives up a dial to a peer that accepts and then is silent, or sends garbage', async () => {
    const a = await mesh.peer('a', { handshakeMs: 300 })
    const sockets = new Set<Socket>()
    const answers = [
      '',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi',
      'garbage\r\n\r\n',
      `HTTP/1.1 200 OK\r\n${headers.protocol}: ${protocolVersion}\r\ncontent-length: 2\r\n\r\nhi`,
      `HTTP/1.1 403 No\r\n${headers.protocol}: ${protocolVersion}\r\ncontent-length: 7\r\n\r\ncluster`,
      `HTTP/1.1 200 OK\r\n${headers.protocol}: ${protocolVersion}\r\n\r\n${'x'.repeat(100_000)}`,
    ]
    for (const answer of answers) {
      const server = createServer((socket) => {
        sockets.add(socket)
        socket.on('error', () => undefined)
        socket.write(answer)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      const before = a.failures.length
      a.transport.dial(`127.0.0.1:${port}`)
      await a.until(() => a.failures.length === before + 1)
      server.close()
      for (const socket of sockets) socket.destroy()
    }
    const messages = a.failures.map(({ error }) => error.message)
    expect(messages[0]).to.include('took longer than 300 ms')
    expect(messages[1]).to.include('not as a Holdfast node')
    expect(messages[2]).to.include('cannot reach')
    expect(messages[3]).to.include('did not understand')
    expect(messages[4]).to.include('another cluster')
    expect(messages[5]).to.include('was cut')
  })

  it('closes in the middle of a dial, leaving nothing open and saying nothing', async () => {
    for (let turns = 0; turns < 30; turns++) {
      const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
      a.transport.dial(b.address)
      for (let i = 0; i < turns; i++) await turn()
      const before = a.log.length
      await a.transport.close()
      expect(a.log.length).to.equal(before)
      await b.transport.close()
    }
  })
})

describe('mesh: strangers at the door', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  it('refuses pages in a browser, and connections without a greeting', async () => {
    const a = await mesh.peer('a')
    const honest = { [headers.protocol]: String(protocolVersion), [headers.hello]: parts.hello.encode(helloOf({ id: 's' })) }
    const { address } = a
    expect(await ask(address, paths.hello, { ...honest, origin: 'http://evil.example' })).to.include({
      status: 403,
      body: 'origin',
    })
    expect(await ask(address, paths.hello, { ...honest, host: 'evil.example:80' })).to.include({ status: 403, body: 'host' })
    expect(await ask(address, paths.hello, { ...honest, host: address })).to.include({ status: 403, body: 'host' })
    expect(await ask(address, '/', {})).to.include({ status: 404 })
    expect(await ask(address, '/socket.io/?EIO=4&transport=polling', {})).to.include({ status: 404 })
    expect(await ask(address, `${paths.mesh}?EIO=4&transport=polling`, {})).to.include({ status: 404 })
    expect(await ask(address, '/', { origin: 'http://evil.example' })).to.include({ status: 404 })
    expect(await ask(address, paths.hello, {})).to.include({ status: 403, body: 'malformed' })
    expect(await knock(address, {})).to.equal('refused')
    expect(await knock(address, { [headers.upgrade]: 'x' })).to.equal('refused')
    const forged = parts.upgrade.encode({ name: newNonce(), offsetMs: 0, previous: '', proof: '' })
    expect(await knock(address, { [headers.upgrade]: forged })).to.equal('refused')
    expect(await knock(address, { ...(await proven(address, 's')), origin: 'http://evil.example' })).to.equal('refused')
    expect(await knock(address, { ...(await proven(address, 's')), host: 'evil.example' })).to.equal('refused')
    const reasons = ['origin', 'host', 'host', 'request', 'request', 'request', 'origin', 'malformed']
    expect(codeOf(a.refusals)).to.equal(
      [...reasons, 'malformed', 'malformed', 'malformed', 'origin', 'host'].map((reason) => `REFUSED ${reason}`).join(', '),
    )
  })

  it('accepts no websocket in the place of another whose name was overheard', async () => {
    const a = await mesh.peer('a')
    const [victim, thief] = [await proven(a.address, 's'), await proven(a.address, 't')]
    let sid = ''
    const stays = knock(a.address, victim, (socket) => {
      socket.once('message', (data) => {
        sid = (JSON.parse(String(data).slice(1)) as { sid: string }).sid
        socket.send('40')
      })
    })
    await a.until(() => a.transport.isConnected('s'))
    for (const set of [{}, thief]) expect(await knock(a.address, set, () => undefined, `&sid=${sid}`)).to.equal('refused')
    expect(a.transport.isConnected('s')).to.equal(true)
    a.transport.disconnect('s', 'seen enough')
    expect(await stays).to.match(/^closed/)
  })

  it('takes an upgrade once', async () => {
    const a = await mesh.peer('a')
    const upgrade = await proven(a.address, 's')
    const first = knock(a.address, upgrade, (socket) => socket.send('40'))
    await a.until(() => a.transport.isConnected('s'))
    expect(await knock(a.address, upgrade)).to.equal('refused')
    a.transport.disconnect('s', 'seen enough')
    expect(await first).to.match(/^closed/)
  })

  it('takes a dial that was sent before the present connection was made for a duplicate', async () => {
    const [a, z] = [await mesh.peer('a'), await mesh.peer('z')]
    // 1. z greets a, and is about to ask for the upgrade.
    const late = await proven(a.address, 'z')
    // 2. a dials z, which admits it: a's id is the smaller. z gives its own dial up, but the request is on its way.
    await join(a, z)
    // 3. The request arrives. It names no ended connection, so it says nothing against the present one.
    const heard: string[] = []
    const ended = knock(a.address, late, (socket) => {
      socket.on('message', (data) => {
        heard.push(String(data))
        if (heard.length === 2) socket.close()
      })
      socket.send('40')
    })
    await ended
    expect(heard[1]).to.equal('44duplicate')
    a.transport.send('z', text('still here'), false)
    await z.until(() => z.frames.length === 1)
    expect([...a.log, ...z.log]).to.deep.equal(['connected z', 'connected a'])
  })

  const rants: readonly (readonly [string, (socket: WebSocket) => void])[] = [
    ['an unknown control packet', (socket) => socket.send('4nonsense')],
    ['an event of the default parser', (socket) => socket.send('42["hello"]')],
    ['an acknowledgement', (socket) => socket.send('43[]')],
    ['a second connect', (socket) => socket.send('40')],
    ['a control packet that is too long', (socket) => socket.send(`40${'x'.repeat(10_000)}`)],
    ['a packet of no type', (socket) => socket.send('4')],
    ['a packet of an unknown engine type', (socket) => socket.send('9')],
    ['a disconnect', (socket) => socket.send('41')],
    ['a frame beyond the bound', (socket) => socket.send(Buffer.alloc(2_000_000))],
    ['invalid UTF-8', (socket) => socket.send(Buffer.from([0x34, 0xff, 0xfe]), { binary: false })],
    ['a heartbeat in the wrong direction', (socket) => socket.send('2')],
  ]
  for (const [name, rant] of rants) {
    it(`closes only the connection that says ${name}`, async () => {
      const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
      await join(a, b)
      const ended = knock(a.address, await proven(a.address, 'rude'), (socket) => {
        socket.on('message', (data) => {
          if (String(data).startsWith('40')) rant(socket)
        })
        socket.send('40')
      })
      expect(await ended).to.match(/^closed/)
      await a.until(() => a.log.filter((entry) => entry.split(' ')[1] === 'rude').length === 2)
      a.transport.send('b', text('still here'), false)
      await b.until(() => b.frames.length === 1)
    })
  }

  it('closes on frames before the connection is made, and passes their bytes to no part', async () => {
    const a = await mesh.peer('a', { handshakeMs: 300 })
    expect(await knock(a.address, await proven(a.address, 's'), (socket) => socket.send(Buffer.from('early')))).to.match(
      /^closed/,
    )
    expect(a.frames).to.deep.equal([])
    expect(a.log).to.deep.equal([])
  })

  it('survives garbage on the bare socket', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    await join(a, b)
    const port = Number(a.address.split(':')[1])
    const upgradeTo = (path: string): string =>
      `GET ${path} HTTP/1.1\r\nhost: ${hostName}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`
    const inputs = [
      '\r\n\r\n',
      '\0\xff\xfe',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /${'x'.repeat(50_000)} HTTP/1.1\r\n\r\n`,
      upgradeTo('/elsewhere'),
      upgradeTo('//'),
      upgradeTo(`${paths.mesh}?%`),
      upgradeTo(`${paths.mesh}?EIO=4&transport=polling`),
      upgradeTo(`${paths.mesh}?EIO=3&transport=websocket`),
      upgradeTo(`${paths.mesh}?EIO=4&transport=websocket&sid=__proto__`),
      upgradeTo(`${paths.mesh}/../..//x:%zz@[`),
      'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n',
      'POST /holdfast/mesh/?EIO=4&transport=polling HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc',
    ]
    for (const input of inputs) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume()
      socket.end(input, 'latin1')
      await once(socket, 'close')
    }
    b.transport.send('a', text('still here'), false)
    await a.until(() => a.frames.length === 1)
  })
})
