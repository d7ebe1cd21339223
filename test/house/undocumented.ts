/** Finds what the declarations export without a text: names, and the members of their types, nested ones included. */
import ts from 'typescript-5-9'
import type { PublicTypes } from './public-types.ts'

/**
 * The public names and members without documentation, as `entry: Name.member`. A member of literal type, such as the `type` of an
 * event, speaks for itself. Private members and the data of constants do not count.
 */
export function undocumented({ exports, checker }: PublicTypes): readonly string[] {
  const found = new Set<string>()
  for (const { entry, name, symbol } of exports) {
    if (symbol.getDocumentationComment(checker).length === 0) found.add(`${entry}: ${name}`)
    for (const declaration of symbol.declarations ?? [])
      for (const member of membersIn(declaration))
        if (!hasText(member, checker)) found.add(`${entry}: ${name}.${member.name?.getText() ?? '?'}`)
  }
  return [...found]
}

type Member = ts.TypeElement | ts.ClassElement

/** Every named member below a declaration that a program can reach. */
function membersIn(declaration: ts.Node): Member[] {
  const members: Member[] = []
  const walk = (node: ts.Node): void => {
    if (isPrivate(node) || ts.isVariableDeclaration(node)) return
    if ((ts.isTypeElement(node) || ts.isClassElement(node)) && node.name !== undefined && !speaksForItself(node))
      members.push(node)
    node.forEachChild(walk)
  }
  walk(declaration)
  return members
}

function isPrivate(node: ts.Node): boolean {
  if (!ts.canHaveModifiers(node)) return false
  const isMarked = ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true
  return (
    isMarked ||
    ((ts.isClassElement(node) || ts.isTypeElement(node)) && node.name !== undefined && ts.isPrivateIdentifier(node.name))
  )
}

function speaksForItself(member: Member): boolean {
  if (member.name !== undefined && ts.isComputedPropertyName(member.name)) return true
  return ts.isPropertySignature(member) && member.type !== undefined && ts.isLiteralTypeNode(member.type)
}

/** A member may have its text from the type that its class or interface has it from. */
function hasText(member: Member, checker: ts.TypeChecker): boolean {
  const symbol = member.name === undefined ? undefined : checker.getSymbolAtLocation(member.name)
  return symbol === undefined || symbol.getDocumentationComment(checker).length > 0
}
