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
import { memoryProgram, useByImport, useByRequire } from './uses.ts'

describe('the package', () => {
  let folder = ''
  let installed = ''
  let files: string[] = []

  before(function () {
    this.timeout(60_000)
    folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'))
    // Packed as it stands, without building it again: other tests run from the same files.
    const said = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: project,
      encoding: 'utf8',
    })
    const [packed] = JSON.parse(said) as [{ filename: string; files: { path: string }[] }]
    files = packed.files.map((file) => file.path)
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
      (path) => !/^(dist\/lib|lib|docs)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path),
    )
    expect(strangers).to.deep.equal([])
    expect(files).to.include.members([
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'dist/lib/index.js',
      'dist/lib/index.d.ts',
      'lib/index.ts',
    ])
    expect(files.filter((path) => /\.test\.|\.tgz$|\.log$/.test(path))).to.deep.equal([])
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

  it('has a source for every source map', () => {
    for (const path of files.filter((file) => file.endsWith('.js.map'))) {
      const { sources } = JSON.parse(readFileSync(join(installed, path), 'utf8')) as { sources: string[] }
      for (const source of sources) expect(existsSync(join(installed, path, '..', source)), `${path} → ${source}`).to.equal(true)
    }
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
      for (const name of ['holdfast', 'holdfast/sim', 'holdfast/lab'])
        console.log((await import(name)) === require(name))
    `
    writeFileSync(join(folder, 'both.mjs'), program)
    const { stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'both.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect({ stdout, stderr }).to.deep.equal({ stdout: 'true\ntrue\ntrue\n', stderr: '' })
  })

  it('gives bundlers its third-party packages as one ES module that requires nothing', async () => {
    const { imports } = readManifest()
    const { module: bundled, default: plain } = imports['#third-party'] ?? expect.fail('no #third-party')
    const text = readFileSync(join(installed, bundled as string), 'utf8')
    const imported = [...text.matchAll(/^(?:import|export) .*?from "(.+)"/gm)].map((match) => match[1] as string)
    expect(imported).to.include.members(['http', 'crypto'])
    expect(imported.filter((name) => !isBuiltin(name))).to.deep.equal([])
    expect(text).not.to.match(/\b(createRequire|__require)\b|import\.meta/)
    expect(Object.keys(await import(join(installed, bundled as string)))).to.have.members(
      Object.keys(await import(join(installed, plain as string))),
    )
    const licenses = readFileSync(join(installed, 'dist/lib/bundled/third-party-licenses.txt'), 'utf8')
    for (const name of ['engine.io', 'hyperid', 'socket.io', 'socket.io-client', 'ws']) {
      expect(licenses).to.match(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'))
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
    for (const name of ['.', './sim']) {
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
      // By which registry they came is the affair of whoever installs.
      expect(fetched.filter(([, { resolved }]) => resolved !== undefined)).to.deep.equal([])
    }
  })

  it('tells of its version in the change log', () => {
    expect(readProject('CHANGELOG.md')).to.include(`## ${readManifest().version}`)
  })
})
