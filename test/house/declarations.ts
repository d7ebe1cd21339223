/**
 * The declarations that a user's compiler reads. A compiler of TypeScript writes one file for each module, with all that the module
 * exports to the rest of lib; this keeps what the package's entries export, and what that needs.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript-5-9'

/** The last line of a compiled file. */
export const sourceMapReference = /\n?\/\/# sourceMappingURL=.*\n?$/

/** Writes the declarations of these entries, paths below `from`, to the same paths below `to`. */
export function writeDeclarations(from: string, entries: readonly string[], to: string): void {
  const needs = new Needs(from)
  for (const entry of entries) needs.all(entry)
  for (const [path, text] of needs.texts()) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), text)
  }
}

/** A file of declarations, and what is needed of it. */
interface File {
  readonly path: string
  readonly source: ts.SourceFile
  /** Statements that stay, and those names of imports and re-exports that stay. */
  readonly kept: Set<ts.Node>
}

class Needs {
  private readonly folder: string
  private readonly files = new Map<string, File>()

  constructor(folder: string) {
    this.folder = folder
  }

  /** Everything that a file exports. */
  all(path: string): void {
    const file = this.open(path)
    for (const statement of file.source.statements) {
      if (ts.isExportDeclaration(statement)) this.reexport(file, statement, null)
      else if (isExported(statement)) this.statement(file, statement)
    }
  }

  /** One name that a file exports. False when it does not. */
  private exported(path: string, name: string): boolean {
    const file = this.open(path)
    let found = false
    for (const statement of file.source.statements) {
      if (ts.isExportDeclaration(statement)) found = this.reexport(file, statement, name) || found
      else if (isExported(statement) && namesOf(statement).includes(name)) {
        this.statement(file, statement)
        found = true
      }
    }
    return found
  }

  /** What a statement exports of another file, or of the other statements of its own; only one name unless that is null. */
  private reexport(file: File, statement: ts.ExportDeclaration, name: string | null): boolean {
    const target = this.targetOf(file, statement.moduleSpecifier)
    const clause = statement.exportClause
    if (clause === undefined) {
      if (target === null) throw new Error(`${file.path}: exports a whole package`)
      if (name !== null && !this.exported(target, name)) return false
      if (name === null) this.all(target)
      file.kept.add(statement)
      return true
    }
    if (!ts.isNamedExports(clause)) throw new Error(`${file.path}: exports a namespace`)
    let found = false
    for (const element of clause.elements) {
      if (name !== null && element.name.text !== name) continue
      found = true
      file.kept.add(statement).add(element)
      const original = (element.propertyName ?? element.name).text
      if (statement.moduleSpecifier === undefined) this.local(file, original)
      else if (target !== null) this.exported(target, original)
    }
    return found
  }

  /** A name as the file's own statements use it. */
  private local(file: File, name: string): void {
    for (const statement of file.source.statements) {
      if (ts.isImportDeclaration(statement)) this.imported(file, statement, name)
      else if (namesOf(statement).includes(name)) this.statement(file, statement)
    }
  }

  private imported(file: File, statement: ts.ImportDeclaration, name: string): void {
    const target = this.targetOf(file, statement.moduleSpecifier)
    const { name: whole, namedBindings } = statement.importClause ?? {}
    if (whole?.text === name || (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)))
      throw new Error(`${file.path}: imports ${name} in a way that is not handled here`)
    if (namedBindings === undefined || ts.isNamespaceImport(namedBindings)) return
    for (const element of namedBindings.elements) {
      if (element.name.text !== name || file.kept.has(element)) continue
      file.kept.add(statement).add(element)
      if (target !== null) this.exported(target, (element.propertyName ?? element.name).text)
    }
  }

  /** A declaration, and all that it names. */
  private statement(file: File, statement: ts.Statement): void {
    if (file.kept.has(statement)) return
    file.kept.add(statement)
    const visit = (node: ts.Node): void => {
      if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
        const target = this.targetOf(file, node.argument.literal)
        if (target !== null && node.qualifier !== undefined) this.exported(target, firstName(node.qualifier))
        else if (target !== null) this.all(target)
      } else if (ts.isIdentifier(node)) this.local(file, node.text)
      ts.forEachChild(node, visit)
    }
    ts.forEachChild(statement, visit)
  }

  /** The path of the file that a specifier names; null for a package. */
  private targetOf(file: File, specifier: ts.Node | undefined): string | null {
    if (specifier === undefined || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return null
    return normalize(join(dirname(file.path), specifier.text.replace(/\.[jt]s$/, '.d.ts')))
  }

  private open(path: string): File {
    const known = this.files.get(path)
    if (known !== undefined) return known
    const text = readFileSync(join(this.folder, path), 'utf8').replace(sourceMapReference, '\n')
    const file = { path, source: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true), kept: new Set<ts.Node>() }
    this.files.set(path, file)
    return file
  }

  *texts(): Iterable<readonly [path: string, text: string]> {
    for (const { path, source, kept } of this.files.values()) {
      const references = [...source.text.matchAll(/^\/\/\/ <reference .*$/gm)].map(([line]) => line)
      const statements = source.statements.filter((each) => kept.has(each)).map((each) => textOf(each, source, kept))
      if (statements.length > 0) yield [path, `${[...references, ...statements, 'export {};'].join('\n')}\n`]
    }
  }
}

/** With the comment before it; of imports and re-exports the names that stay. */
function textOf(statement: ts.Statement, source: ts.SourceFile, kept: ReadonlySet<ts.Node>): string {
  const names = ts.isImportDeclaration(statement)
    ? statement.importClause?.namedBindings
    : ts.isExportDeclaration(statement)
      ? statement.exportClause
      : undefined
  if (names !== undefined && (ts.isNamedImports(names) || ts.isNamedExports(names))) {
    const list = [...names.elements].filter((each) => kept.has(each)).map((each) => each.getText(source))
    const text = statement.getText(source)
    const at = names.getStart(source) - statement.getStart(source)
    return `${text.slice(0, at)}{ ${list.join(', ')} }${text.slice(at + names.getText(source).length)}`
  }
  const comments = ts.getLeadingCommentRanges(source.text, statement.getFullStart()) ?? []
  const own = comments.filter(({ pos, end }) => !source.text.slice(pos, end).startsWith('///')).at(-1)
  return source.text.slice(own?.pos ?? statement.getStart(source), statement.end)
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  )
}

/** What a statement declares. */
function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText())
  const { name } = statement as { name?: ts.Node }
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : []
}

function firstName(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : firstName(name.left)
}
