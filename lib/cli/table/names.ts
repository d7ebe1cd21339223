/**
 * This file has the names that a shell completes, as plain words: a completion script, which a shell may print at each of its starts, loads neither
 * the algorithms nor the simulator. A test compares them with the catalogues.
 */
const wordsOf = (text: string): readonly string[] => text.trim().split(/\s+/)

/** The algorithms that a lock may use, without their options. */
export const lockAlgorithmNames = wordsOf(`
  carvalho-roucairol ricart-agrawala token-ring token-ring-perpetual home-queue naimi-trehel raymond maekawa agrawal-el-abbadi
  lamport raymond-k lodha-kshemkalyani singhal-dynamic singhal-heuristic suzuki-kasami mueller
`)

/** Those of the lab. */
export const labAlgorithmNames = [...lockAlgorithmNames, 'central', 'majority-lease']

/** The seeded bugs that the simulator catches. */
export const bugNames = wordsOf(`
  canary no-id-tie-break clock-not-merged clock-not-raised stamp-changed-while-waiting reply-while-inside deferred-overwritten
  deferred-forgotten-at-release replies-counted late-reply-counts withdrawal-not-told permits-not-reported
  permission-kept-after-giving permission-not-asked-back permission-kept-beside-sharers sharers-pass-writers token-made-anew
  token-at-every-place token-lost-when-unwanted token-kept-after-passing token-passed-while-inside chase-swallowed lent-while-inside
  loan-used-after-return follower-forgotten passed-request-lost kept-request-forgotten queue-left-behind holder-preempted loans-of-one-mode upgradable-taken-twice ghost-waiter
  deadline-outlives-grant release-without-wake-up sharers-beside-any-holder stamp-of-the-last-request refusal-taken-for-grant
  permits-miscounted session-by-wall-clock session-without-boot-clock session-unchecked-at-grant session-unchecked-at-use
  signal-not-aborted holds-outlive-session no-quarantine quarantine-not-carried granting-during-flush claims-not-awaited
  carried-holds-dropped claim-of-nothing older-epochs-kept departed-still-asked permissions-kept-across-views eviction-unnoticed
  doubts-read-anew uninformed-testifies nobody-informed-frees-all minority-renews old-answer-renews minority-decides
  promise-not-kept accepted-value-ignored everybody-acknowledged founding-without-quarantine epoch-from-memory own-proposal-believed
  renewal-without-reading fence-not-raised counter-not-learned counter-compared-as-text counter-forgotten-with-lock
  resent-delivered-twice cut-loses-messages messages-overtake
`)
