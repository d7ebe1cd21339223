import { expect } from 'chai'
import { isUnspecified, parseAddress, plainAddress, readAddress } from '../../lib/base/address.ts'

describe('the one spelling of an address', () => {
  for (const [spelled, plain] of [
    ['10.0.0.1:7000', '10.0.0.1:7000'],
    ['10.0.0.1:07000', '10.0.0.1:7000'],
    ['Node-1.Example.ORG:7000', 'node-1.example.org:7000'],
    ['node-1.example.org.:7000', 'node-1.example.org:7000'],
    ['localhost:7000', '127.0.0.1:7000'],
    ['LOCALHOST:7000', '127.0.0.1:7000'],
    ['localhost.:7000', '127.0.0.1:7000'],
    ['[::1]:7000', '[::1]:7000'],
    ['[0:0:0:0:0:0:0:1]:7000', '[::1]:7000'],
    ['[0000::0001]:7000', '[::1]:7000'],
    ['[2001:DB8::00AB]:7000', '[2001:db8::ab]:7000'],
    ['[2001:db8:0:0:1:0:0:1]:7000', '[2001:db8::1:0:0:1]:7000'],
    ['[::ffff:127.0.0.1]:7000', '127.0.0.1:7000'],
    ['[::FFFF:0a00:0001]:7000', '10.0.0.1:7000'],
    ['[FE80::1%eth0]:7000', '[fe80::1%eth0]:7000'],
    ['[0:0::0]:7000', '[::]:7000'],
    ['[::ffff:0.0.0.0]:7000', '0.0.0.0:7000'],
  ] as const) {
    it(`of ${spelled} is ${plain}`, () => {
      expect(plainAddress(spelled)).to.equal(plain)
      expect(plainAddress(plain)).to.equal(plain)
    })
  }

  it('is the string itself for what is no address', () => expect(plainAddress('node-1')).to.equal('node-1'))

  for (const text of [
    '127.1:7000',
    '0x7f.0.0.1:7000',
    '127.0.0.01:7000',
    '256.0.0.1:7000',
    '1.2.3.4.5:7000',
    '2130706433:7000',
    '.:7000',
    '[::ffff:256.0.0.1]:7000',
    '[:::1]:7000',
    '[1.2.3.4]:7000',
    '10.0.0.1',
    '::1:7000',
  ]) {
    it(`is not guessed for ${text}`, () => expect(readAddress(text)).to.equal(null))
  }

  for (const [text, says] of [
    ['10.0.0.1', /'10\.0\.0\.1', which has no port/],
    ['[::1]', /which has no port/],
    ['::1:7000', /an IPv6 host without brackets/],
    ['127.1:7000', /neither a name nor four numbers/],
  ] as const) {
    it(`is demanded of ${text} with what it lacks`, () =>
      expect(() => parseAddress(text, 'listen'))
        .to.throw(says)
        .with.property('option', 'listen'))
  }

  it('tells the hosts at which a node can listen and cannot be dialled', () => {
    expect(['0.0.0.0', '::'].map(isUnspecified)).to.deep.equal([true, true])
    expect(['127.0.0.1', '::1', 'node-1'].map(isUnspecified)).to.deep.equal([false, false, false])
  })
})
