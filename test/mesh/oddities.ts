import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'

/** What may lie in a folder under the name of a file. */
export const oddities: readonly (readonly [what: string, make: (path: string) => void])[] = [
  ['a FIFO', (path) => void execFileSync('mkfifo', [path])],
  [
    'a socket',
    (path) => {
      const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
      spawnSync(process.execPath, ['-e', code])
    },
  ],
  ['a folder', (path) => mkdirSync(path)],
  ['a link to nowhere', (path) => symlinkSync('/nonexistent', path)],
  ['a link to a device that never ends', (path) => symlinkSync('/dev/zero', path)],
  [
    'a file of many gigabytes',
    (path) => {
      writeFileSync(path, '')
      truncateSync(path, 2 ** 36)
    },
  ],
]
