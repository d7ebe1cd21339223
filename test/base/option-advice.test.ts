import { expect } from 'chai'
import { adviceFor } from '../../lib/base/option-advice.ts'

const ofAcquire = ['wait', 'signal', 'mode', 'priority', 'meta']
const ofCreateNode = [
  'cluster',
  'join',
  'listen',
  'advertise',
  'directory',
  'dataDir',
  'secret',
  'tls',
  'profile',
  'logger',
  'permits',
  'wait',
]

describe('base: advice about an unknown option', () => {
  it('knows what other libraries call it', () => {
    const meant = {
      timeout: 'wait',
      timeoutMs: 'wait',
      deadline: 'wait',
      abortSignal: 'signal',
      shared: 'mode',
      metadata: 'meta',
      weight: 'priority',
    }
    for (const [key, option] of Object.entries(meant)) expect(adviceFor(key, ofAcquire)).to.equal(`Did you mean '${option}'?`)
  })

  it('goes by the options of the call', () => {
    const meant = {
      name: 'cluster',
      seeds: 'join',
      peers: 'join',
      host: 'listen',
      port: 'listen',
      password: 'secret',
      ssl: 'tls',
    }
    for (const [key, option] of Object.entries(meant)) {
      expect(adviceFor(key, ofCreateNode)).to.equal(`Did you mean '${option}'?`)
      expect(adviceFor(key, ofAcquire), key).not.to.include(option)
    }
  })

  it('says why there is no such option where the design has none', () => {
    expect(adviceFor('ttl', ofAcquire)).to.match(
      /^A hold needs no time to live: .*session\)\. Give maxHold to end it after a time\.$/,
    )
    expect(adviceFor('ttl', ofCreateNode)).to.match(/^Did you mean 'profile'\? A hold needs no time to live/)
    expect(adviceFor('retryCount', ofAcquire)).to.match(/^Did you mean 'wait'\? .* no retries\.$/)
  })

  it('knows an option in another spelling', () => {
    for (const key of ['Wait', 'WAIT', 'wait_ms', 'waitMs', 'wiat', 'waitt'])
      expect(adviceFor(key, ofAcquire), key).to.equal("Did you mean 'wait'?")
    expect(adviceFor('data_dir', ofCreateNode)).to.equal("Did you mean 'dataDir'?")
  })

  it('is silent about a word that is like none', () => {
    for (const key of ['', 'zebra', 'constructor', '__proto__', 'x'.repeat(10_000)])
      expect(adviceFor(key, ofAcquire), key.slice(0, 20)).to.equal('')
  })
})
