/** This file lists the environment variables that the command line reads, for help and the man page. */
import type { Definition } from './help.ts'

const forNodes = 'the same setting of a node; commands only look on and do not use it'

/** Each variable, and what it says. */
export const variables: readonly Definition[] = [
  ['HOLDFAST_JOIN', 'where the cluster is found, as for --join'],
  ['HOLDFAST_LISTEN', forNodes],
  ['HOLDFAST_ADVERTISE', forNodes],
  ['HOLDFAST_CLUSTER', 'the name of the cluster, as for --cluster'],
  ['HOLDFAST_DATA_DIR', forNodes],
  ['HOLDFAST_SECRET', 'the shared secret itself; not together with HOLDFAST_SECRET_FILE'],
  ['HOLDFAST_SECRET_FILE', 'the file with the shared secret, as for --secret-file'],
  ['HOLDFAST_TLS_CA', 'as for --tls-ca'],
  ['HOLDFAST_TLS_CERT', 'as for --tls-cert'],
  ['HOLDFAST_TLS_KEY', 'as for --tls-key'],
  ['NO_COLOR', 'no colours, if it is not empty'],
]

/** The order of the places from which a setting is taken. */
export const precedence = 'Options beat the environment, which beats a --config file.'
