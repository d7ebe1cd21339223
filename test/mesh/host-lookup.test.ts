import { expect } from 'chai'
import { addressOfHost } from '../../lib/mesh/host-lookup.ts'
import { TestMesh } from './peers.ts'

describe('mesh: the host name of listen', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  it('is looked up, and the node listens at the address that was found and advertises the name', async () => {
    const asked: string[] = []
    const lookup = async (host: string): Promise<string> => {
      asked.push(host)
      return '127.0.0.1'
    }
    const host = await mesh.peer('host', { listen: 'here.example:0', insecure: true, lookup })
    expect(asked).to.deep.equal(['here.example'])
    expect(host.address).to.match(/^here\.example:\d+$/)
  })

  it('is refused when the system does not know it', async () => {
    const lookup = (): Promise<string> => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    const options = { listen: 'nowhere.example:0', insecure: true, lookup }
    const error = (await mesh.peer('host', options).catch((reason: unknown) => reason)) as Error
    expect(error).to.include({ code: 'BAD_OPTION' })
    expect(error.message).to.include('cannot listen at nowhere.example:0: the name cannot be resolved')
  })

  it('is not looked up when it is an address', async () => {
    const fail = (): Promise<string> => Promise.reject(new Error('looked up'))
    for (const host of ['127.0.0.1', '::1', '0.0.0.0'])
      expect(await addressOfHost(host, "'listen'", fail, undefined)).to.equal(host)
  })
})
