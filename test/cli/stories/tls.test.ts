import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createNode, type Node } from '../../../lib/index.ts'
import * as certificates from '../../mesh/certificates.ts'
import { freeAddresses } from '../../processes/crew.ts'
import { holdfast } from '../holdfast.ts'

describe('the command line and a cluster with TLS', function () {
  this.timeout(30_000)
  let folder: string
  let node: Node
  let where: readonly string[]
  let files: { readonly ca: string; readonly cert: string; readonly key: string }

  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    const { ca, cert, key } = certificates.node
    files = { ca: file('ca.pem', ca), cert: file('cert.pem', cert), key: file('key.pem', key) }
    const addresses = await freeAddresses(1)
    const address = addresses[0] as string
    node = await createNode({ cluster: 'sealed', join: addresses, listen: address, tls: certificates.node, wait: '15s' })
    where = ['--cluster', 'sealed', '--join', address]
  })
  after(async () => {
    await node.close()
    rmSync(folder, { recursive: true })
  })

  const flags = (other: Partial<typeof files> = {}): readonly string[] =>
    Object.entries({ ...files, ...other }).flatMap(([name, path]) => [`--tls-${name}`, path])

  it('meet with the three files of the flags, in every command that connects', async () => {
    const hold = await node.acquire('door')
    const members = await holdfast(['members', '--json', ...where, ...flags()])
    expect(members.stderr).to.equal('')
    expect((JSON.parse(members.stdout) as { members: { id: string }[] }).members.map(({ id }) => id)).to.deep.equal([node.id])
    const locks = await holdfast(['locks', '--json', ...where, ...flags()])
    expect((JSON.parse(locks.stdout) as { held: { name: string }[] }).held.map(({ name }) => name)).to.deep.equal(['door'])
    expect(await holdfast(['explain', 'door', '--json', ...where, ...flags()])).to.include({ code: 0, stderr: '' })
    await hold.release()
    const address = where[3] as string
    const recovered = await holdfast(['recover', '--force', '--json', '--cluster', 'sealed', '--join', address, ...flags()])
    // It stands, so there is nothing to recover; but it was reached, and said so.
    expect(recovered.stderr).to.match(/is a member of view|has a quorum|majority|is in (a|the) view/i)
  })

  it('meet with the files of the environment, and with those of --config', async () => {
    const environment = { HOLDFAST_TLS_CA: files.ca, HOLDFAST_TLS_CERT: files.cert, HOLDFAST_TLS_KEY: files.key }
    expect(await holdfast(['members', ...where], environment)).to.include({ code: 0, stderr: '' })
    const config = file('config.json', JSON.stringify({ tlsCa: files.ca, tlsCert: files.cert, tlsKey: files.key }))
    expect(await holdfast(['members', ...where, '--config', config])).to.include({ code: 0, stderr: '' })
  })

  it('do not meet without them, or with those of another authority', async () => {
    expect((await holdfast(['members', ...where])).code).not.to.equal(0)
    const { ca, cert, key } = certificates.stranger
    const paths = [file('other-ca.pem', ca), file('other.pem', cert), file('other-key.pem', key)] as const
    const strangers = ['--tls-ca', paths[0], '--tls-cert', paths[1], '--tls-key', paths[2]]
    const { code, stdout } = await holdfast(['members', ...where, ...strangers])
    expect(code).not.to.equal(0)
    expect(stdout).to.equal('')
  })

  it('name a file that cannot be read, and one that is missing, with 64', async () => {
    const unreadable = await holdfast(['members', ...where, ...flags({ cert: join(folder, 'none') })])
    expect(unreadable.code).to.equal(64)
    expect(unreadable.stderr).to.contain(`cannot read the certificate (--tls-cert) from ${join(folder, 'none')}`)
    const partial = await holdfast(['members', ...where, '--tls-ca', files.ca])
    expect(partial.code).to.equal(64)
    expect(partial.stderr).to.contain('go together, and --tls-cert and --tls-key are missing')
  })

  it('take no key that other users can read, and say what to do', async () => {
    const open = file('open.pem', certificates.node.key)
    chmodSync(open, 0o640)
    const { code, stderr } = await holdfast(['members', ...where, ...flags({ key: open })])
    expect(code).to.equal(64)
    expect(stderr).to.contain(`the private key (--tls-key) in ${open} can be read by other users: chmod 600 ${open}`)
  })
})
