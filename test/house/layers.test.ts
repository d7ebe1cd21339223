import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { expect } from 'chai'
import { complaints, exportsOf, importsOf, withoutComments, withoutStrings } from './layers-checker.ts'
import { project } from './project.ts'

const lib = join(project, 'lib')
const read = (file: string): string => readFileSync(join(lib, file), 'utf8')
const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => /\.c?tsx?$/.test(file) && !/\/page\//.test(file))
  .sort()

describe('the layers', () => {
  it('import from right to left only, and the pure ones have no door of their own', () => {
    expect(files.length).to.be.greaterThan(20)
    expect(files.flatMap((file) => complaints(file, read(file)))).to.deep.equal([])
  })

  it('document everything that an index exports', () => {
    const indexes = files.filter((file) => /(^|\/)index\.ts$/.test(file))
    expect(indexes).to.include('sim/index.ts')
    for (const index of indexes) {
      const { names, undocumented } = exportsOf(index, read)
      expect(undocumented, index).to.deep.equal([])
      expect(names, index).not.to.deep.equal([])
    }
  })
})

describe('the judge of layers', () => {
  const judge = (file: string, source: string): string => complaints(file, source).join('; ')

  it('takes an import of a lower layer, and of the same', () => {
    expect(
      judge(
        'lock/locks.ts',
        "import { a } from '../base/a.ts'\nimport type { B } from './b.ts'\nexport { c } from '../mutex/c.ts'",
      ),
    ).to.equal('')
    expect(judge('mutex/contract.ts', "import type { View } from '../view/view.ts'")).to.equal('')
    expect(judge('index.ts', "export { createNode } from './node/node.ts'\nimport { real } from './mesh/world.ts'")).to.equal('')
  })

  it('sees an import of a higher layer, however it is written', () => {
    for (const statement of [
      "import { Locks } from '../lock/locks.ts'",
      "import type {\n  Locks,\n} from '../lock/locks.ts'",
      "export * from '../lock/locks.ts'",
      "export type { Locks } from '../lock/locks.ts'",
      "import '../lock/locks.ts'",
      'import * as locks from "../lock/locks.ts"',
      "const locks = require('../lock/locks.ts')",
    ])
      expect(judge('view/views.ts', statement), statement).to.match(/'view' may not import 'lock'/)
    expect(judge('cli/main.ts', "const locks = import('../index.ts')")).to.equal('')
    expect(judge('node/node.ts', "const real = import('../mesh/world.ts')")).to.match(/'node' may not import 'mesh'/)
  })

  it('lets the port know nothing but the base', () => {
    expect(judge('port/locks.ts', "import type { Mode } from '../base/mode.ts'")).to.equal('')
    expect(judge('port/locks.ts', "import type { Stamp } from '../clock/stamp.ts'")).to.match(/'port' may not import 'clock'/)
    expect(judge('base/mode.ts', "import type { Hold } from '../port/hold.ts'")).to.match(/'base' may not import 'port'/)
  })

  it('lets an engine know the port, and no other engine', () => {
    expect(judge('engines/memory/lock.ts', "import type { Hold } from '../../port/hold.ts'")).to.equal('')
    for (const other of ['node/node.ts', 'lock/locks.ts', 'mesh/clock.ts', 'index.ts'])
      expect(judge('engines/memory/lock.ts', `import { x } from '../../${other}'`), other).to.match(/'engines' may not import/)
    expect(judge('engines/redis/grant.ts', "import { x } from '../common/time.ts'")).to.equal('')
    expect(judge('engines/redis/grant.ts', "import { x } from '../memory/lock.ts'")).to.match(/an engine may not import another/)
  })

  it('lets a recipe know the base and the port, and no engine', () => {
    expect(judge('recipes/once.ts', "import type { Locks } from '../port/locks.ts'\nimport { x } from './all.ts'")).to.equal('')
    expect(judge('recipes/once.ts', "import { hash53 } from '../base/hash.ts'")).to.equal('')
    for (const other of ['node/node.ts', 'lock/locks.ts', 'wire/messages.ts', 'engines/memory/index.ts', 'index.ts'])
      expect(judge('recipes/once.ts', `import { x } from '../${other}'`), other).to.match(/'recipes' may not import/)
    expect(judge('node/node.ts', "import { stripes } from '../recipes/stripes.ts'")).to.match(/'node' may not import 'recipes'/)
  })

  it('sees siblings that import each other, and the library that loads a subpath', () => {
    expect(judge('mesh/world.ts', "import { Simulation } from '../sim/index.ts'")).to.match(/'mesh' may not import 'sim'/)
    expect(judge('lab/run.ts', "import { row } from '../bench/row.ts'")).to.match(/'lab' may not import 'bench'/)
    expect(judge('index.ts', "export { run } from './lab/run.ts'")).to.match(/'index' may not import 'lab'/)
  })

  it('sees a folder that is no layer, and an import out of lib', () => {
    expect(judge('helpers/a.ts', '')).to.match(/'helpers' is no layer/)
    expect(judge('base/a.ts', "import { x } from '../../test/x.ts'")).to.match(/outside lib/)
  })

  it('sees ambient time, chance, timers and I/O', () => {
    for (const code of [
      'const now = Date.now()',
      'new Date()',
      'Math.random()',
      'setTimeout(f, 1)',
      'f(setImmediate)',
      'queueMicrotask(f)',
      'performance.now()',
      'process.env.X',
      "import { readFileSync } from 'node:fs'",
      "import { Server } from 'socket.io'",
      'crypto.randomUUID()',
      'a.localeCompare(b)',
      'const s = `now ${Date.now()}`',
    ])
      expect(judge('membership/swim.ts', code), code).not.to.equal('')
    expect(judge('node/node.ts', 'AbortSignal.timeout(5)')).to.match(/ambient/)
    expect(judge('mesh/world.ts', "import { hrtime } from 'node:process'\nDate.now(); setTimeout(f, 1)")).to.equal('')
  })

  it('lets a simulation speak of its processes, and sees the real one there all the same', () => {
    expect(judge('sim/swarm/stage.ts', 'const process = this.at(place)\nprocess.pause()\nf(process)')).to.equal('')
    for (const code of ['process.env.X', 'process.nextTick(f)', 'process . exit(1)', 'process.on(name, f)'])
      expect(judge('sim/swarm/stage.ts', code), code).to.match(/ambient process/)
    expect(judge('sim/world.ts', "import { promiseHooks } from 'node:v8'")).to.match(/may not import node:v8/)
  })

  it('sees asynchrony in the pure layers, and only there', () => {
    for (const code of [
      'async function f() {}',
      'const f = async () => 1',
      'await g()',
      'new Promise((r) => r())',
      'Promise.resolve(1)',
      'p.then(f)',
    ]) {
      expect(judge('link/links.ts', code), code).not.to.equal('')
      expect(judge('node/node.ts', code), code).to.equal('')
    }
    expect(judge('world/world.ts', 'export interface World { open(): Promise<Transport> }')).to.equal('')
  })

  it('is not misled by comments, texts and the names of properties', () => {
    expect(
      judge(
        'view/views.ts',
        [
          "// await the Date, import { a } from '../cli/main.ts'",
          '/* setTimeout */',
          "const text = 'process the Date // not a comment'",
          'const template = `async ${text} setTimeout`',
          'const pattern = /[\'"`]process/',
          'interface X { process: string; async?: boolean }',
          'x.process()',
        ].join('\n'),
      ),
    ).to.equal('')
    expect(judge('view/views.ts', "const quote = /'/\nsetTimeout(f, 1)")).to.match(/ambient setTimeout/)
  })

  it('sees msgpackr outside the codec, and default exports', () => {
    expect(judge('wire/codec.ts', "import { Packr } from 'msgpackr'")).to.equal('')
    expect(judge('wire/frame.ts', "import { Packr } from 'msgpackr'")).to.match(/only wire\/codec.ts/)
    expect(judge('mesh/world.ts', 'export default class World {}')).to.match(/default export/)
    expect(judge('mesh/world.ts', 'export { world as default }')).to.match(/default export/)
  })

  it('sees exports without a docstring, through re-exports too', () => {
    const made: Readonly<Record<string, string>> = {
      'sim/index.ts': "export { a, type B } from './a.ts'\nexport { c as d } from './c.ts'\nexport * from './e.ts'",
      'sim/a.ts': '/** Said. */\nexport const a = 1\n\nexport interface B {}',
      'sim/c.ts': "export { c } from './d.ts'",
      'sim/d.ts': '/** Said. */\nexport async function c() {}',
      'sim/e.ts': '/** Said. */\nexport class E {}\nexport function f() {}',
    }
    expect(exportsOf('sim/index.ts', (file) => made[file] ?? '')).to.deep.equal({
      names: ['a', 'B', 'c', 'E', 'f'],
      undocumented: ['B', 'f'],
    })
  })

  it('reads imports and strips what is not code', () => {
    expect(importsOf("import a, { b } from 'x'\nimport 'y'\nexport * as c from 'z'\nconst d = 'from'")).to.deep.equal([
      'x',
      'y',
      'z',
    ])
    expect(withoutStrings(withoutComments("a('b') // c\n/* d */ e"))).to.equal("a('')  \n  e")
  })
})
