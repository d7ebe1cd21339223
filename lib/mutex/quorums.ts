/**
 * Quorums: for each of N sites, numbered from 0, the sites whose permission it needs. Any two quorums share a site, which decides
 * between their owners; all other properties are a matter of cost. Every quorum here has its owner in it, whose own permission
 * costs no message.
 *
 * Maekawa 1985, "A √N Algorithm for Mutual Exclusion in Decentralized Systems", §3 and §6: the *plane* and the *grid*. The plane
 * has K(K−1)+1 = N: quorums of K are the lines of a finite projective plane, and nothing smaller and as fair is possible. In the
 * grid a quorum is the site's row and column, K = 2√N − 1, for any N. Agrawal and El Abbadi 1991, "An Efficient and
 * Fault-Tolerant Solution for Distributed Mutual Exclusion", §3: the *tree*. A quorum is a path from the root to a leaf, with
 * ways round failed sites.
 */
import { invariant } from '../base/assert.ts'
import { differenceSet, planeOrderFor, planeSize } from './difference-sets.ts'

/** The quorum of one of `count` sites, without order, each site once. */
export type QuorumRule = (count: number, site: number) => readonly number[]

/**
 * One's row and one's column in a square of sites, row after row. Where the last row is not full some columns are shorter. Two
 * quorums still meet: the row of each crosses the column of the other, and at least one of these two places has a site.
 */
export function gridQuorum(count: number, site: number): readonly number[] {
  const width = Math.ceil(Math.sqrt(count))
  const rowStart = site - (site % width)
  const quorum: number[] = []
  for (let other = rowStart; other < Math.min(rowStart + width, count); other++) quorum.push(other)
  for (let other = site % width; other < count; other += width) if (other !== site) quorum.push(other)
  return quorum
}

/**
 * A line of a projective plane: K = q+1 for N = q²+q+1. Between those sizes the next larger plane is used, with its surplus
 * points and lines given up. A site stands in for at most one of the missing points, so quorums are at most as large as the
 * plane's.
 */
export function planeQuorum(count: number, site: number): readonly number[] {
  const order = planeOrderFor(count)
  const size = planeSize(order)
  const quorum = new Set(differenceSet(order).map((step) => ((site + step) % size) % count))
  return [...quorum]
}

/** The plane where there is one of exactly that size, else the grid. */
export function planeOrGridQuorum(count: number, site: number): readonly number[] {
  return planeSize(planeOrderFor(count)) === count ? planeQuorum(count, site) : gridQuorum(count, site)
}

/**
 * The path from the root through the site to a leaf, of a binary tree filled level by level: the children of i are 2i+1 and 2i+2.
 * Below the site it goes to the leaf that comes before it from left to right, another one for each, so that leaves bear the same load.
 */
export function treeQuorum(count: number, site: number): readonly number[] {
  const quorum = treeQuorumAround(count, site, () => false)
  invariant(quorum !== null, 'without failures there is a path')
  return quorum
}

/**
 * GetQuorum of the paper: a site that has failed is replaced by paths that begin at both its children. Null when no quorum is
 * left: then a leaf that every way needs has failed. Quorums meet, even if they took different sites for failed.
 *
 * In a view no member fails, so the algorithm itself never comes to use the ways round.
 */
export function treeQuorumAround(
  count: number,
  site: number,
  hasFailed: (site: number) => boolean,
  top = 0,
): readonly number[] | null {
  const children = [2 * top + 1, 2 * top + 2].filter((child) => child < count)
  const around = (child: number): readonly number[] | null => treeQuorumAround(count, site, hasFailed, child)
  if (!hasFailed(top)) {
    if (children.length === 0) return [top]
    const isLeftFirst = top === site || isBelow(site, 2 * top + 1)
    for (const child of isLeftFirst ? children : children.reverse()) {
      const path = around(child)
      if (path !== null) return [top, ...path]
    }
    return null
  }
  if (children.length === 0) return null
  const parts = children.map(around)
  return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? [])
}

/** How many messages of one kind an entry costs at the mean, plus the one to itself that is free. */
export function meanQuorumSize(
  algorithm: 'maekawa' | 'agrawal-el-abbadi',
  count: number,
  options: readonly string[] = [],
): number {
  const rule = algorithm === 'maekawa' ? maekawaRule(options) : treeQuorum
  invariant(rule !== null, 'the options are those of the algorithm')
  let sum = 0
  for (let site = 0; site < count; site++) sum += rule(count, site).length
  return sum / count
}

/** Which quorums `maekawa` is to use; null when it does not know that option, or is told two. */
export function maekawaRule(options: readonly string[]): QuorumRule | null {
  if (options.length > 1) return null
  switch (options[0]) {
    case undefined:
      return planeOrGridQuorum
    case 'grid':
      return gridQuorum
    case 'plane':
      return planeQuorum
    default:
      return null
  }
}

/** The site is in the tree below `top`, or is it. */
function isBelow(site: number, top: number): boolean {
  let at = site
  while (at > top) at = (at - 1) >> 1
  return at === top
}
