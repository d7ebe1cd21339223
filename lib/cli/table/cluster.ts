/** This file describes the commands that look at a running cluster. */
import { file, flag, freeText } from '../option.ts'
import { spec } from '../spec.ts'

/** Which cluster; `readSettings` reads them. */
export const clusterOptions = {
  cluster: freeText('NAME', "the cluster (HOLDFAST_CLUSTER; default 'default')", 'billing'),
  join: freeText(
    'ADDRESSES',
    "where the cluster is found: host:port,host:port or 'local' (HOLDFAST_JOIN; default local)",
    '10.0.0.1:7000',
    ['local'],
  ),
  directory: freeText('PATH', 'the local directory, if it is not the default one', './holdfast', 'folders'),
  'secret-file': file(
    'the shared secret (HOLDFAST_SECRET_FILE, or the secret itself in HOLDFAST_SECRET); only this user may read the file',
    'secret.txt',
  ),
  'tls-ca': file("the authority that signs the nodes' certificates, in PEM (HOLDFAST_TLS_CA)", 'ca.pem'),
  'tls-cert': file('a certificate that it signed (HOLDFAST_TLS_CERT)', 'cert.pem'),
  'tls-key': file("that certificate's private key, closed to other users (HOLDFAST_TLS_KEY)", 'key.pem'),
  config: file(
    'these settings as JSON: cluster, join, listen, advertise, directory, dataDir, secretFile, tlsCa, tlsCert, tlsKey',
    'holdfast.json',
  ),
} as const

const notRunning = 'no node of the cluster runs there, or the node that answers is in no view'

export const membersSpec = spec({
  name: 'members',
  summary: 'list the members of a running cluster',
  about: [
    "'since' is the epoch at which a member came in; the first in the list is the most senior. 'state' is what gossip believes of it at the member that answers. Epoch 0 and no members: that node is in no view at present, since no majority is up or the cluster is just being founded.",
    'The command does not join: the view of the cluster does not change.',
  ],
  args: [],
  options: clusterOptions,
  json: '{ cluster, epoch, members: [{ id, address, since, state }] }',
  examples: [
    { line: 'members', says: 'of the cluster on this host' },
    { line: 'members --cluster billing --join 10.0.0.1:7000,10.0.0.2:7000', says: 'of a cluster of several hosts' },
  ],
  exits: { 0: 'a node answered', 1: 'a node refused, or did not answer in time', 69: 'no node of the cluster runs there' },
})

export const locksSpec = spec({
  name: 'locks',
  summary: 'list holders and waiters in a running cluster',
  about: ['PATTERN is the name of a lock, in which * stands for any characters; quote it. Default: all locks.'],
  args: [{ name: 'PATTERN', isOptional: true, example: "'invoice/*'", completes: 'nothing' }],
  options: clusterOptions,
  json: '{ held: [{ name, mode, fence, holder, owner, heldMs, … }], pending: [{ name, mode, node, owner, waitedMs, place }], cached: [{ name, node, token, … }], unanswered: [node], truncated: [node] }; fences are decimal strings',
  examples: [
    { line: 'locks', says: 'all locks of the cluster on this host' },
    { line: "locks 'invoice/*' --json", says: 'some of them, for a program' },
  ],
  exits: { 0: 'all members answered', 1: 'some did not, or a node refused', 69: notRunning },
})

export const explainSpec = spec({
  name: 'explain',
  summary: 'print by when a lock is granted again after a failure, and why',
  about: [
    'Each case is one failure at a time; its terms follow each other, and their sum is the bound. The lock need not exist.',
  ],
  args: [{ name: 'NAME', isOptional: false, example: 'invoice/42', completes: 'nothing' }],
  options: clusterOptions,
  json: '{ lock, algorithm, register, members, sessionMs, holders: [node], cases: [{ case, terms: [{ name, ms, why }], boundMs }], advice: [string] }',
  examples: [{ line: 'explain invoice/42', says: 'the bounds for this lock' }],
  exits: { 0: 'a member answered', 1: 'a node refused, or did not answer in time', 69: notRunning },
})

/** What to consider before `recover`; the command prints it too. */
export const recoverWarning =
  'This may break exclusion. The survivors found the cluster anew with the shorter list and wait for the end of every earlier session, but they cannot wait for decisions of the hosts that they leave out. If those hosts are only cut off, and a majority of the old list is among them, both sides grant the same locks. Make sure that those hosts are switched off, and stay so, before you force this. Fences go on rising above all that the survivors know; epochs that only the others knew are lost.'

export const recoverSpec = spec({
  name: 'recover',
  summary: 'go on with a shorter join list after a majority is gone for good',
  about: [
    '--join names the survivors: the addresses of the listed nodes that still run. Each of them is ordered to found the cluster anew with this shorter list. Afterwards give all nodes the shorter list, in the same order, before any of them restarts.',
    recoverWarning,
  ],
  args: [],
  options: { ...clusterOptions, force: flag('the others are gone for good') },
  json: '{ cluster, join, recovered: [address], epoch }',
  examples: [{ line: 'recover --force --join 10.0.0.1:7000', says: 'one survivor of three' }],
  exits: {
    0: 'the survivors are in a view of the shorter list',
    1: 'a survivor refused',
    69: 'no survivor answers at one of the addresses, and nothing was changed',
  },
})
