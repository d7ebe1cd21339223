import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, unlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { socketAddress, socketIdOf } from '../../lib/base/address.ts'
import { openLocalDirectory } from '../../lib/mesh/directory-opening.ts'
import { bindAgain, bindSocket } from '../../lib/mesh/listening.ts'
import { SocketFolder } from '../../lib/mesh/socket-folder.ts'
import { systemWorld } from '../../lib/mesh/system-world.ts'
import { startNode } from '../../lib/node/node.ts'
import { parseOptions } from '../../lib/node/options.ts'
import type { Directory } from '../../lib/world/world.ts'
import { skipUnless } from '../processes/needs.ts'
import { node as certificates } from './certificates.ts'
import { join, TestMesh } from './peers.ts'

describe('mesh: the unix sockets of a local directory', function () {
  before(function () {
    if (process.platform === 'win32') this.skip()
  })
  const mesh = new TestMesh()
  const opened: Directory[] = []
  let root: string

  const open = async (cluster = 'test', folder = root): Promise<Directory> => {
    const directory = await openLocalDirectory(cluster, folder)
    opened.push(directory)
    return directory
  }
  const socketOf = (directory: Directory, id: string): string => joinPath(directory.path, 'entries', `${id}.sock`)

  beforeEach(() => {
    root = realpathSync(mkdtempSync(joinPath(tmpdir(), 'holdfast-test-')))
  })
  afterEach(async () => {
    await mesh.close()
    for (const directory of opened.splice(0)) directory.close()
    rmSync(root, { recursive: true, force: true })
  })

  it('connect nodes whose addresses name no port, and their files go when the nodes close', async () => {
    const directory = await open()
    const [a, b] = [await mesh.localPeer('a', directory), await mesh.localPeer('b', await open())]
    expect([a.address, b.address]).to.deep.equal(['unix:a', 'unix:b'])
    await join(a, b)
    expect(a.infos.get('b')).to.include({ id: 'b', address: 'unix:b', role: 'member' })
    expect(readdirSync(joinPath(directory.path, 'entries')).sort()).to.deep.equal(['a.sock', 'b.sock'])
    await mesh.close()
    expect(readdirSync(joinPath(directory.path, 'entries'))).to.deep.equal([])
  })

  for (const umask of [0, 0o777]) {
    it(`have mode 0600 under a umask of ${umask.toString(8)}`, async () => {
      const directory = await open()
      const before = process.umask(umask)
      try {
        await mesh.localPeer('a', directory)
      } finally {
        process.umask(before)
      }
      expect(statSync(socketOf(directory, 'a')).mode & 0o777).to.equal(0o600)
    })
  }

  it('are closed to another user', async function () {
    skipUnless(this, process.getuid?.() === 0, 'only root can start a process of another user')
    const directory = await open()
    await mesh.localPeer('a', directory)
    const program = `require('net').connect(process.argv[1]).on('connect', () => process.exit(0)).on('error', ({ code }) => { console.log(code); process.exit(1) })`
    const connect = (uid: number): string =>
      spawnSync(process.execPath, ['-e', program, socketOf(directory, 'a')], { uid, encoding: 'utf8', cwd: '/' }).stdout.trim()
    expect(connect(65_534)).to.equal('EACCES')
    expect(connect(0)).to.equal('')
  })

  it('are reached by a path that is longer than the address of a socket', async function () {
    if (process.platform !== 'linux') this.skip()
    const cluster = 'c'.repeat(120)
    const [first, second] = [await open(cluster), await open(cluster)]
    const [a, b] = [await mesh.localPeer('a', first), await mesh.localPeer('b', second)]
    await join(a, b)
    expect(first.sockets?.pathOf('a')).to.match(/^\/proc\/self\/fd\/\d+\/entries\/a\.sock$/)
    expect(statSync(socketOf(first, 'a')).isSocket()).to.equal(true)
  })

  it('are reached by a path with spaces, colons and signs that a URL has no place for', async () => {
    const cluster = mkdtempSync(joinPath(root, 'a b:c?%20#é-'))
    const [a, b] = [
      await mesh.localPeer('a', await open('test', cluster)),
      await mesh.localPeer('b', await open('test', cluster)),
    ]
    await join(a, b)
  })

  it('are reached by every path that leads to the folder', async () => {
    mkdirSync(joinPath(root, 'real'))
    symlinkSync(joinPath(root, 'real'), joinPath(root, 'link'))
    const [a, b] = [
      await mesh.localPeer('a', await open('test', joinPath(root, 'real', 'locks'))),
      await mesh.localPeer('b', await open('test', joinPath(root, 'link', 'locks'))),
    ]
    await join(b, a)
  })

  it('are bound again when their files are deleted, and still go in the end', async () => {
    const directory = await open()
    const a = await mesh.localPeer('a', directory)
    directory.publish('a', a.address)
    for (let i = 0; i < 2; i++) {
      unlinkSync(socketOf(directory, 'a'))
      directory.publish('a', a.address)
      const peer = await mesh.localPeer(`b${i}`, directory)
      await join(peer, a)
    }
    expect(statSync(socketOf(directory, 'a')).mode & 0o777).to.equal(0o600)
    await mesh.close()
    expect(existsSync(socketOf(directory, 'a'))).to.equal(false)
  })

  it('whose files are deleted as soon as they are made leave nothing open, and no error that is not heard', async () => {
    const path = joinPath(root, 'a.sock')
    const server = createServer()
    server.once('listening', () => unlinkSync(path))
    const error = await bindSocket(server, path, () => undefined).catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'REFUSED', reason: 'directory' })
    expect(server.listening).to.equal(false)
    const failure = await new Promise<Error>((resolve) => {
      const again = bindAgain(server, path, (thrown) => {
        again.close()
        resolve(thrown)
      })
      unlinkSync(path)
    })
    expect(failure).to.include({ code: 'ENOENT' })
  })

  it('stay open to connections, and say so, when their folder is removed', async () => {
    const directory = await open()
    const [a, b] = [await mesh.localPeer('a', directory), await mesh.localPeer('b', directory)]
    await join(a, b)
    rmSync(root, { recursive: true })
    expect(() => directory.publish('a', a.address)).to.throw('went away')
    b.transport.send('a', Buffer.from('still'), false)
    await a.until(() => a.frames.length === 1)
    const c = new TestMesh()
    await c.localPeer('c', directory).then(
      () => expect.fail('a socket in a folder that is gone'),
      (error: unknown) => expect(error).to.include({ code: 'REFUSED', reason: 'directory' }),
    )
  })

  it('connect a member that listens at a port with one that does not, with a dial from either side', async () => {
    const directory = await open()
    const [port, socket] = [await mesh.localPeer('a', directory, { listen: '127.0.0.1:0' }), await mesh.localPeer('b', directory)]
    expect(port.address).to.match(/^127\.0\.0\.1:\d+$/)
    await join(port, socket)
    port.transport.disconnect('b', 'again')
    await socket.until(() => !socket.transport.isConnected('a'))
    await join(socket, port)
  })

  it('are not known to a node of an older version, which is dialled at its port', async () => {
    const directory = await open()
    const socket = await mesh.localPeer('b', directory)
    const older = await mesh.peer('a', {}, { secret: directory.secret })
    older.transport.dial(socket.address)
    await older.until(() => older.failures.length === 1)
    expect(older.failures[0]?.error.message).to.contain("'unix:b' is not an address that can be dialled")
    await join(socket, older)
    expect(older.infos.get('b')).to.include({ address: 'unix:b' })
  })

  for (const [what, options] of [
    ['an address to advertise', { advertise: '127.0.0.1:0' }],
    ['TLS, whose certificates name hosts', { tls: certificates }],
  ] as const) {
    it(`are not used with ${what}`, async () => {
      expect((await mesh.localPeer('a', await open(), options)).address).to.match(/^127\.0\.0\.1:\d+$/)
    })
  }

  it('are not used by a process that the system gives none: it listens at a port', async function () {
    skipUnless(this, process.getuid?.() === 0 && existsSync('/sys'), 'only root gets this answer of /sys, where no socket can be')
    const path = '/sys/a.sock'
    expect(await bindSocket(createServer(), path, () => undefined)).to.equal('EPERM')
    const sockets = new SocketFolder('/sys', -1)
    sockets.pathOf = () => path
    const { secret } = await open()
    const a = await mesh.localPeer('a', { secret, sockets } as unknown as Directory)
    expect(a.address).to.match(/^127\.0\.0\.1:\d+$/)
    expect(a.transport.noSocketReason).to.contain('(EPERM)')
  })

  for (const [what, listen, warnings] of [
    ['the node warns about', {}, [/^listens at port 127\.0\.0\.1:\d+, and at no unix socket: .* name a shorter 'directory';/]],
    ['was asked for', { listen: '127.0.0.1:0' }, []],
  ] as const) {
    it(`give way to a port where their path is too long, to one that ${what}`, async () => {
      const directory = await open()
      ;(directory.sockets as SocketFolder).pathOf = () => null
      const lines: string[] = []
      const logger = { ...console, debug: () => {}, info: () => {}, warn: (line: string) => void lines.push(line) }
      const settings = parseOptions({ cluster: 'test', logger, ...listen })
      const node = await startNode({ ...systemWorld(settings), openDirectory: () => Promise.resolve(directory) }, settings)
      await node.close()
      expect(lines).to.have.length(warnings.length)
      for (const [i, warning] of warnings.entries()) expect(lines[i]).to.match(warning)
    })
  }

  it('say of an address where no socket is that it cannot be reached', async () => {
    const a = await mesh.localPeer('a', await open())
    a.transport.dial('unix:gone')
    await a.until(() => a.failures.length === 1)
    expect(a.failures[0]?.error.message).to.match(/^cannot reach unix:gone: .*ENOENT/)
  })

  it('have addresses that lead nowhere else', () => {
    expect(socketIdOf(socketAddress('0YxNN1ZOSXm0-itS8nmyNg'))).to.equal('0YxNN1ZOSXm0-itS8nmyNg')
    for (const address of ['unix:', 'unix:../a', 'unix:a/b', 'unix:a.b', 'UNIX:a', '127.0.0.1:7000', `unix:${'a'.repeat(65)}`])
      expect(socketIdOf(address), address).to.equal(null)
  })

  it('go with the entry of a node that is proven dead; one without an entry goes when no process listens there', async () => {
    const directory = await open()
    const a = await mesh.localPeer('a', directory)
    const sockets = directory.sockets as SocketFolder
    // Killed while it listened: nothing takes the file away.
    const program = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', program, socketOf(directory, 'dead')])
    expect(statSync(socketOf(directory, 'dead')).isSocket()).to.equal(true)
    for (const id of ['dead', 'a']) await sockets.removeIfRefused(id)
    expect(existsSync(socketOf(directory, 'dead'))).to.equal(false)
    expect(existsSync(socketOf(directory, 'a'))).to.equal(true)
    await a.transport.close()
  })
})
