import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { build } from 'vite'
import { project, readManifest, readProject } from './project.ts'
import { filesLoadedBy, memoryProgram, useByImport, useByRequire } from './uses.ts'
import { dependencies, unpackedBytesMax } from './weight.ts'

describe('the package', () => {
  let folder = ''
  let installed = ''
  let files: string[] = []
  let unpackedBytes = 0

  before(function () {
    this.timeout(60_000)
    folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'))
    // Packed as it stands, without building it again: other tests run from the same files.
    const said = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: project,
      encoding: 'utf8',
    })
    const [packed] = JSON.parse(said) as [{ filename: string; unpackedSize: number; files: { path: string }[] }]
    files = packed.files.map((file) => file.path)
    unpackedBytes = packed.unpackedSize
    execFileSync('tar', ['-xzf', packed.filename, '-C', folder], { cwd: folder })
    installed = join(folder, 'node_modules', 'holdfast')
    mkdirSync(join(folder, 'node_modules'))
    renameSync(join(folder, 'package'), installed)
    // Its dependencies lie where they lie already, so that this needs no network.
    for (const name of Object.keys(readManifest().dependencies)) {
      symlinkSync(join(project, 'node_modules', name), join(folder, 'node_modules', name), 'dir')
    }
  })

  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  it('has what users need and nothing else', () => {
    const strangers = files.filter(
      (path) =>
        !/^(dist\/bundled|docs)\/|^dist\/lib\/mesh\/third-party\.cjs$|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(
          path,
        ),
    )
    expect(strangers).to.deep.equal([])
    expect(files).to.include.members([
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'docs/quick-start.md',
      'docs/holdfast.1',
      'dist/bundled/index.js',
      'dist/bundled/types/index.d.ts',
      'dist/bundled/licenses.txt',
    ])
    expect(files.filter((path) => /\.test\.|\.tgz$|\.log$/.test(path))).to.deep.equal([])
  })

  it('is small, and brings no more than the packages of the mesh', () => {
    expect(unpackedBytes).to.be.greaterThan(1_000_000).and.to.be.at.most(unpackedBytesMax)
    expect(Object.keys(readManifest().dependencies)).to.deep.equal(dependencies)
  })

  it('has every file that its manifest names', () => {
    const { exports, imports, bin, man } = readManifest()
    const named = [
      ...Object.values(bin),
      ...man,
      ...Object.values({ ...exports, ...imports }).flatMap((entry) => (typeof entry === 'string' ? entry : Object.values(entry))),
    ]
    expect(named.filter((path) => !existsSync(join(installed, path)))).to.deep.equal([])
  })

  it('has no source maps, and code that a stack trace can point to: under its own names, with the file that each part is from', () => {
    const code = files.filter((path) => /\.c?js$/.test(path))
    expect(files.filter((path) => path.endsWith('.map'))).to.deep.equal([])
    for (const path of code) expect(readFileSync(join(installed, path), 'utf8'), path).not.to.match(/# sourceMappingURL=/)
    const text = readFileSync(join(installed, 'dist/bundled/shared/node.js'), 'utf8')
    expect(text)
      .to.match(/^\/\/ dist\/lib\/node\/node\.js$/m)
      .and.to.match(/^var HoldfastNode = class/m)
  })

  it('is used from an ES module by import', function () {
    this.timeout(60_000)
    expect(useByImport(folder)).to.deep.equal({ status: 0, stdout: 'held\n', stderr: '' })
  })

  it('is used from CommonJS by require', function () {
    this.timeout(60_000)
    expect(useByRequire(folder)).to.deep.equal({ status: 0, stdout: 'held\n', stderr: '' })
  })

  it('is one copy in a process of Node, whether it is imported or required', () => {
    const program = `
      const { createRequire } = await import('node:module')
      const require = createRequire(import.meta.url)
      for (const name of ['holdfast', 'holdfast/memory', 'holdfast/engines/postgres', 'holdfast/engines/redis', 'holdfast/recipes', 'holdfast/sim', 'holdfast/lab'])
        console.log((await import(name)) === require(name))
    `
    writeFileSync(join(folder, 'both.mjs'), program)
    const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'both.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect({ stdout, stderr }).to.deep.equal({ stdout: 'true\n'.repeat(7), stderr: '' })
  })

  it('gives bundlers its third-party packages as one ES module that requires nothing', async () => {
    const { imports } = readManifest()
    const { module: bundled, default: plain } = imports['#third-party'] ?? expect.fail('no #third-party')
    const text = readFileSync(join(installed, bundled as string), 'utf8')
    const imported = [...text.matchAll(/\b(?:import|export)\b[^"';()]*?\bfrom\s*"(.+?)"/g)].map((match) => match[1] as string)
    expect(imported).to.include.members(['http', 'crypto'])
    expect(imported.filter((name) => !isBuiltin(name))).to.deep.equal([])
    expect(text).not.to.match(/\b(createRequire|__require)\b|import\.meta/)
    const loaders = async (path: string): Promise<string[]> =>
      Object.keys(((await import(join(installed, path))) as { default: object }).default)
    expect(await loaders(bundled as string)).to.deep.equal(await loaders(plain as string))
  })

  it('lists the licence of each package whose code it has', () => {
    const licenses = readFileSync(join(installed, 'dist/bundled/licenses.txt'), 'utf8')
    for (const name of ['d3-scale', 'engine.io', 'hyperid', 'preact', 'socket.io', 'socket.io-client', 'ws']) {
      expect(licenses).to.match(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'))
    }
  })

  it('loads five files of its own and msgpackr when it is imported, and hyperid alone beside them for nodes in memory', () => {
    const own = ['index.js', 'shared/base.js', 'shared/node.js', 'shared/port.js']
      .map((path) => `bundled/${path}`)
      .concat('lib/mesh/third-party.cjs')
    const codec = ['msgpackr', 'msgpackr-extract', '@msgpackr-extract', 'node-gyp-build-optional-packages', 'detect-libc']
    for (const [program, more] of [
      ["import 'holdfast'", []] as const,
      [memoryProgram, ['hyperid', 'buffer', 'base64-js', 'ieee754']] as const,
    ]) {
      const loaded = filesLoadedBy(folder, program)
      expect(loaded.filter((path) => path.startsWith('holdfast/'))).to.have.members(own.map((path) => `holdfast/dist/${path}`))
      const others = new Set(loaded.map((path) => path.split('/')[0] as string).filter((name) => name !== 'holdfast'))
      expect([...others].filter((name) => ![...codec, ...more].includes(name))).to.deep.equal([])
      expect(others).to.include('msgpackr')
    }
  })

  it('loads no node for the engine in memory', () => {
    const loaded = filesLoadedBy(folder, "import 'holdfast/memory'").filter((path) => path.startsWith('holdfast/'))
    const own = ['engines/memory/index.js', 'shared/base.js', 'shared/port.js', 'shared/engines-common.js']
    expect(loaded).to.have.members(own.map((path) => `holdfast/dist/bundled/${path}`))
  })

  it('loads no engine for the recipes', () => {
    const loaded = filesLoadedBy(folder, "import 'holdfast/recipes'").filter((path) => path.startsWith('holdfast/'))
    const own = ['recipes/index.js', 'shared/base.js', 'shared/port.js']
    expect(loaded.filter((path) => !own.includes(path.replace('holdfast/dist/bundled/', '')))).to.deep.equal([])
  })

  it('loads no file of a command for the version and the help, and no algorithm and no simulator for completion', () => {
    const main = JSON.stringify(join(installed, readManifest().bin['holdfast'] as string))
    for (const [words, more] of [
      [['--version'], []],
      [['--help'], ['shared/help-command.js', 'shared/wrap.js']],
      [['completion', 'zsh'], ['shared/completion.js']],
    ] as const) {
      const loaded = filesLoadedBy(folder, `process.argv.splice(2, 0, ...${JSON.stringify(words)})\nawait import(${main})`)
      const own = ['cli/main.js', 'shared/base.js', 'shared/command-line.js', ...more]
      expect(loaded).to.have.members(own.map((path) => `holdfast/dist/bundled/${path}`))
    }
  })

  it('is bundled whole into one ES module, which runs where no package is installed', async function () {
    this.timeout(60_000)
    // Outside of the folder, so that no node_modules lies above it.
    const alone = mkdtempSync(join(tmpdir(), 'holdfast-alone-'))
    try {
      writeFileSync(join(folder, 'app.mjs'), memoryProgram)
      await build({
        root: folder,
        configFile: false,
        logLevel: 'warn',
        ssr: { noExternal: true },
        build: { ssr: 'app.mjs', outDir: alone, emptyOutDir: true, target: 'node20', reportCompressedSize: false },
      })
      const [name] = readdirSync(alone)
      const { stdout, stderr } = spawnSync(process.execPath, [name as string], { cwd: alone, encoding: 'utf8' })
      expect({ stdout, stderr }).to.deep.equal({ stdout: 'held\n', stderr: '' })
    } finally {
      rmSync(alone, { recursive: true })
    }
  })

  it('is CommonJS for loaders that know no require of ES modules', () => {
    const { exports } = readManifest()
    for (const name of ['.', './memory', './recipes', './sim']) {
      const { require: commonJs, default: plain } = exports[name] as Readonly<Record<string, string>>
      const required = createRequire(join(installed, 'here.cjs'))(join(installed, commonJs as string)) as object
      const names = createRequire(join(installed, 'here.cjs'))(join(installed, plain as string)) as object
      expect(Object.keys(required)).to.have.members(Object.keys(names))
      expect(required).not.to.equal(names)
    }
  })

  it('has a command that runs', function () {
    this.timeout(60_000)
    const { version, bin } = readManifest()
    const command = join(installed, bin['holdfast'] as string)
    expect(readFileSync(command, 'utf8')).to.match(/^#!\/usr\/bin\/env node\n/)
    const { stdout, status } = spawnSync(process.execPath, [command, '--version'], { encoding: 'utf8' })
    expect({ stdout, status }).to.deep.equal({ stdout: `${version}\n`, status: 0 })
  })

  it('says where its source is, where bugs are told, and is published with provenance', () => {
    const { repository, bugs, homepage, publishConfig } = readManifest()
    const [, source] = /^git\+(https:\/\/.+)\.git$/.exec(repository.url) ?? expect.fail(repository.url)
    expect(homepage).to.equal(`${source}#readme`)
    expect(bugs.url).to.equal(`${source}/issues`)
    // The registry then shows from which commit, and by which build, a version was made.
    expect(publishConfig).to.deep.equal({ provenance: true })
  })

  it('is built and tried by packages whose content is known: each entry of each lock file has its integrity', () => {
    const projects = join('test', 'toolchains', 'projects')
    const folders = readdirSync(join(project, projects)).filter((name) =>
      existsSync(join(project, projects, name, 'package.json')),
    )
    expect(folders).to.include.members(['bundlers', 'jest', 'nodes', 'pm2', 'tsx', 'vitest'])
    for (const folder of ['.', ...folders.map((name) => join(projects, name))]) {
      const { packages } = JSON.parse(readProject(join(folder, 'package-lock.json'))) as {
        packages: Readonly<Record<string, { link?: boolean; integrity?: string; resolved?: string }>>
      }
      const fetched = Object.entries(packages).filter(([path, { link }]) => path !== '' && link !== true)
      if (folder === '.') expect(fetched.length).to.be.greaterThan(100)
      expect(
        fetched.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? '')).map(([path]) => path),
        folder,
      ).to.deep.equal([])
      // By which registry they came is the affair of the user who installs.
      expect(fetched.filter(([, { resolved }]) => resolved !== undefined)).to.deep.equal([])
    }
  })

  it('tells of its version in the change log', () => {
    expect(readProject('CHANGELOG.md')).to.include(`## ${readManifest().version}`)
  })
})
