/** What the built package exports to the compiler: every name of every entry, as TypeScript 5.9 sees it. */
import { join } from 'node:path'
import ts from 'typescript-5-9'
import { project, readManifest } from './project.ts'

/** One exported name. */
export interface PublicExport {
  /** What a program imports it from, such as `holdfast/sim`. */
  readonly entry: string
  readonly name: string
  readonly symbol: ts.Symbol
  readonly isType: boolean
  readonly isValue: boolean
  /** Type parameters that have no default. */
  readonly parametersMin: number
}

/** The exports, and the checker that knows their types. */
export interface PublicTypes {
  readonly exports: readonly PublicExport[]
  readonly checker: ts.TypeChecker
}

/** Reads the declarations in `dist`. */
export function publicTypes(): PublicTypes {
  const { name: packageName, exports } = readManifest()
  const entries = Object.entries(exports).flatMap(([path, entry]) =>
    typeof entry === 'string' || entry.types === undefined
      ? []
      : [{ entry: packageName + path.slice(1), file: join(project, entry.types) }],
  )
  const program = ts.createProgram({
    rootNames: entries.map(({ file }) => file),
    options: {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts'],
      strict: true,
      types: [],
    },
  })
  const checker = program.getTypeChecker()
  return {
    checker,
    exports: entries.flatMap(({ entry, file }) => {
      const source = program.getSourceFile(file)
      const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
      return module === undefined ? [] : checker.getExportsOfModule(module).map((each) => exportOf(entry, each, checker))
    }),
  }
}

function exportOf(entry: string, exported: ts.Symbol, checker: ts.TypeChecker): PublicExport {
  const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
  const isTypeOnly = exported.declarations?.some(
    (each) => ts.isExportSpecifier(each) && (each.isTypeOnly || each.parent.parent.isTypeOnly),
  )
  return {
    entry,
    name: exported.name,
    symbol,
    isType: (symbol.flags & ts.SymbolFlags.Type) !== 0,
    isValue: isTypeOnly !== true && (symbol.flags & ts.SymbolFlags.Value) !== 0,
    parametersMin: parametersMin(symbol),
  }
}

function parametersMin(symbol: ts.Symbol): number {
  for (const each of symbol.declarations ?? []) {
    if (!ts.isInterfaceDeclaration(each) && !ts.isTypeAliasDeclaration(each) && !ts.isClassDeclaration(each)) continue
    return (each.typeParameters ?? []).filter((parameter) => parameter.default === undefined).length
  }
  return 0
}
