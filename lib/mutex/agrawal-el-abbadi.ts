/**
 * Agrawal and El Abbadi 1991, "An Efficient and Fault-Tolerant Solution for Distributed Mutual Exclusion", §3–4. The sites are a
 * binary tree, and a quorum is a path from the root to a leaf. A site on the path that has failed is replaced by paths from both
 * its children. With these quorums the sites exclude each other as Maekawa's do (`maekawa.ts`): arbiters that are locked for one
 * request, inquire and relinquish. K = log₂(N+1), the smallest quorums of all: 3(K−1) messages for an entry without contention.
 *
 * What that is worth depends on failures. While no site fails, every quorum has the root in it. The root then bears N times the
 * load of a leaf, and would do as a central arbiter by itself. The rest of the path is the price of going on without the root.
 *
 * Deviations, besides those of `maekawa.ts`. Within a view no site fails, so quorums are always paths; the function
 * `treeQuorumAround` has the paper's ways round failed sites. A view without the failed site builds its own tree. N need not be
 * 2^k − 1: the tree is filled level by level. Each site's path leads through itself, so that its own vote is free, and inner
 * sites go down to different leaves.
 *
 * Requests are served by stamp, and stamps are only as fair as what sites hear of each other's clocks. Requests travel up the
 * tree, and down to one leaf each: no other site asks the last leaf. With Lamport's clock it lags behind all, and its requests
 * overtake (saturated, 31 sites: six times as many entries as the root). With the hybrid clock, which follows real time, it does
 * not.
 *
 * Links must keep their order, as with Maekawa.
 */
import type { WiredKind } from './contract.ts'
import { overQuorums } from './maekawa.ts'
import { treeQuorum } from './quorums.ts'

export const agrawalElAbbadi: WiredKind = overQuorums('agrawal-el-abbadi', treeQuorum)
