import { expect } from 'chai'
import { readProject } from './project.ts'
import { declaredNames, sourcesOf } from './sources.ts'

describe('the exported names of lib', () => {
  it('have one meaning each: no two files declare the same name', () => {
    const files = sourcesOf('lib')
    expect(files.length).to.be.greaterThan(400)
    expect(namesDeclaredTwice(new Map(files.map((file) => [file, readProject(file)])))).to.deep.equal([])
  })

  it('are read from every kind of declaration, and re-exports do not count', () => {
    const source = [
      'export const a = 1',
      'export async function b() {}',
      'export abstract class C {}',
      'export interface D<T> {}',
      'export type E = string',
      'export function f(x: string): void',
      'export function f(x: number): void',
      "export { g } from './g.ts'",
      'const h = 1',
    ].join('\n')
    expect(declaredNames(source)).to.deep.equal(['a', 'b', 'C', 'D', 'E', 'f'])
  })

  it('are told with their files when two declare the same', () => {
    const files = new Map([
      ['lib/a.ts', 'export interface World {}'],
      ['lib/b.ts', 'export class World {}\nexport class Other {}'],
    ])
    expect(namesDeclaredTwice(files)).to.deep.equal(['World: lib/a.ts, lib/b.ts'])
  })
})

/** `name: file, file` for each exported name that several files declare. */
function namesDeclaredTwice(files: ReadonlyMap<string, string>): string[] {
  const filesOf = new Map<string, string[]>()
  for (const [file, source] of files)
    for (const name of declaredNames(source)) filesOf.set(name, [...(filesOf.get(name) ?? []), file])
  return [...filesOf]
    .filter(([, declaring]) => declaring.length > 1)
    .map(([name, declaring]) => `${name}: ${declaring.join(', ')}`)
}
