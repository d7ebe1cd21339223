/**
 * This file computes trees over the members of a view, in the order that every site agrees on. The first member is the root, and
 * each later member has a parent before it: the member just before (*line*), the first member (*star*), or as in a heap
 * (*binary*). Which way round their edges point is the algorithm's affair.
 */
import { invariant } from '../base/assert.ts'
import type { NodeId } from '../base/ids.ts'
import type { Body, Site } from './contract.ts'
import { membersOf } from './order.ts'

export const treeShapes = ['binary', 'line', 'star'] as const
export type TreeShape = (typeof treeShapes)[number]

/** The shape that is named among these options; `binary` if none is. */
export function treeShapeOf(options: readonly string[]): TreeShape {
  return treeShapes.find((shape) => options.includes(shape)) ?? 'binary'
}

/** The parent's place of every place but the first. */
function fatherOf(shape: TreeShape, place: number): number {
  switch (shape) {
    case 'binary':
      return (place - 1) >> 1
    case 'line':
      return place - 1
    case 'star':
      return 0
  }
}

/** The tree of one view, of which its sites share one. */
export class Tree {
  readonly members: readonly NodeId[]
  readonly shape: TreeShape

  constructor(members: readonly NodeId[], shape: TreeShape) {
    this.members = members
    this.shape = shape
  }

  /** The neighbour of `from` on the only way to `to`; `from` itself when they are the same. */
  towards(from: NodeId, to: NodeId): NodeId {
    if (from === to) return from
    const here = this.placeOf(from)
    // Parents come before their children: a site below this place has it on its way up.
    for (let at = this.placeOf(to); at > here; ) {
      const father = fatherOf(this.shape, at)
      if (father === here) return this.members[at] as NodeId
      at = father
    }
    return this.members[fatherOf(this.shape, here)] as NodeId
  }

  /** How many edges lie between two members. */
  distance(a: NodeId, b: NodeId): number {
    let [low, high] = [this.placeOf(a), this.placeOf(b)]
    let edges = 0
    for (; low !== high; edges++) {
      if (low > high) [low, high] = [high, low]
      high = fatherOf(this.shape, high)
    }
    return edges
  }

  private placeOf(id: NodeId): number {
    const place = this.members.indexOf(id)
    invariant(place !== -1, 'the tree is over the members')
    return place
  }
}

/** Makes trees of one shape: the sites of a view that share their list of peers share their tree. */
export function treesOf<Message extends Body>(shape: TreeShape): (site: Site<Message>) => Tree {
  const known = new WeakMap<readonly NodeId[], Tree>()
  return (site) => {
    let tree = known.get(site.peers)
    if (tree === undefined) {
      tree = new Tree(membersOf(site), shape)
      known.set(site.peers, tree)
    }
    return tree
  }
}

/** The mean number of edges from one of n sites to another, each drawn by itself from all of them. `options` may name a shape. */
export function meanTreeDistance(n: number, options: readonly string[] = []): number {
  const shape = treeShapeOf(options)
  const below = new Array<number>(n).fill(1)
  let pairs = 0
  // An edge lies between two sites when one of them is below it and the other is not.
  for (let place = n - 1; place > 0; place--) {
    const size = below[place] as number
    const father = fatherOf(shape, place)
    below[father] = (below[father] as number) + size
    pairs += size * (n - size)
  }
  return (2 * pairs) / n ** 2
}
