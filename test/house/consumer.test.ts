import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type Compiler from 'typescript-5-9'
import { project } from './project.ts'
import { type PublicExport, publicTypes } from './public-types.ts'

type ModuleKind = 'nodenext' | 'bundler'

const require = createRequire(import.meta.url)
/** TypeScript 7 has no compiler to call from here: it runs as a process. */
const olderCompilers: Readonly<Record<string, typeof Compiler>> = {
  '5.2': require('typescript-5-2'),
  '5.9': require('typescript-5-9'),
}

/** For each compiler both kinds of modules, each with another half of the other choices; together, each pair of choices comes. */
const programs: readonly (readonly [version: string, module: ModuleKind, hasNode: boolean, lib: string])[] = [
  ['5.2', 'nodenext', false, 'es2022'],
  ['5.2', 'bundler', true, 'es2022,esnext.disposable'],
  ['5.9', 'nodenext', true, 'es2022'],
  ['5.9', 'bundler', false, 'es2022,esnext.disposable'],
  ['7', 'nodenext', false, 'es2022,esnext.disposable'],
  ['7', 'nodenext', true, 'es2022,esnext.disposable,dom'],
  ['7', 'bundler', false, 'es2022'],
  ['7', 'bundler', true, 'es2022'],
]

describe('a strict program that uses the package', () => {
  let folder = ''
  const { exports, checker } = publicTypes()

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-consumer-')))
    const installed = join(folder, 'node_modules', 'holdfast')
    mkdirSync(installed, { recursive: true })
    // The declarations alone, away from this project's node_modules: a package that they need would be missed.
    cpSync(join(project, 'dist', 'bundled', 'types'), join(installed, 'dist', 'bundled', 'types'), { recursive: true })
    cpSync(join(project, 'package.json'), join(installed, 'package.json'))
    for (const file of ['use.ts', 'use-node.ts']) cpSync(join(project, 'test', 'house', 'consumer', file), join(folder, file))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(folder, 'every-export.ts'), everyExport(exports))
  })

  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [version, module, hasNode, lib] of programs) {
    const withNode = hasNode ? 'with' : 'without'
    it(`compiles under TypeScript ${version}, ${module}, ${withNode} @types/node, by the library ${lib}`, function () {
      this.timeout(60_000)
      const config = configOf(module, hasNode, lib)
      const compiler = olderCompilers[version]
      const complaints = compiler === undefined ? complaintsOfNewest(folder, config) : complaintsOf(compiler, folder, config)
      expect(complaints).to.equal('')
    })
  }

  it('names every error class as a type too', () => {
    const classes = exports.filter(({ name, isValue }) => isValue && name.endsWith('Error'))
    expect(classes.length).to.be.greaterThan(15)
    expect(classes.filter(({ isType }) => !isType).map(({ name }) => name)).to.deep.equal([])
    for (const { name, symbol } of classes) {
      const fields = checker.getDeclaredTypeOfSymbol(symbol).getProperties()
      expect(
        fields.map((field) => field.name),
        name,
      ).to.include('message')
    }
  })
})

/** Uses each exported name: types as types, values as values. */
function everyExport(exports: readonly PublicExport[]): string {
  const entries = [...new Set(exports.map(({ entry }) => entry))]
  const lines = exports.flatMap(({ entry, name, isType, isValue, parametersMin }, at) => {
    const from = `e${entries.indexOf(entry)}.${name}`
    const given = parametersMin === 0 ? '' : `<${new Array(parametersMin).fill('never').join(', ')}>`
    return [
      ...(isType ? [`export type T${at} = ${from}${given}`] : []),
      ...(isValue ? [`export const v${at}: unknown = ${from}`] : []),
    ]
  })
  return [...entries.map((entry, at) => `import * as e${at} from '${entry}'`), ...lines, ''].join('\n')
}

function configOf(module: ModuleKind, hasNode: boolean, lib: string): object {
  const compilerOptions = {
    target: 'es2022',
    module: module === 'bundler' ? 'esnext' : module,
    moduleResolution: module,
    lib: lib.split(','),
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    types: hasNode ? ['node'] : [],
    typeRoots: [join(project, 'node_modules', '@types')],
  }
  return { compilerOptions, files: ['use.ts', 'every-export.ts', ...(hasNode ? ['use-node.ts'] : [])] }
}

function complaintsOfNewest(folder: string, config: object): string {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const { stdout, stderr } = spawnSync(process.execPath, [join(project, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  })
  return stdout + stderr
}

/** Judges the program's files and the package's. To judge every declaration of Node as well takes four times as long. */
function complaintsOf(compiler: typeof Compiler, folder: string, config: object): string {
  const { fileNames, options, errors } = compiler.parseJsonConfigFileContent(config, compiler.sys, folder)
  const program = compiler.createProgram(fileNames, options)
  const judged = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(folder))
  expect(judged.length).to.be.greaterThan(100)
  const found = [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...judged.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ]
  return compiler.formatDiagnostics(found, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => folder,
    getNewLine: () => '\n',
  })
}
