// A route of a framework that bundles each route with a copy of its own of every package, and keeps one node in a global.
import { createNode, HoldfastError } from 'holdfast'

const key = Symbol.for('app.node')

export const node = () => (globalThis[key] ??= createNode({ join: 'memory', cluster: 'routes' }))
export const nodeOfItsOwn = () => createNode({ join: 'memory', cluster: 'routes' })
export { createNode, HoldfastError }
