// Writes to the ledger who enters and leaves a critical section, for as long as pm2 lets it run.
const { appendFileSync } = require('node:fs')
const { createNode } = require('holdfast')

const note = (line) => appendFileSync(process.env.LEDGER, `${line}\n`)
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
let isStopping = false

async function main() {
  const node = await createNode({ directory: process.env.LOCK_DIRECTORY, cluster: 'pm2' })
  note(`started ${process.pid} ${node.address}`)
  process.once('SIGINT', () => {
    isStopping = true
  })
  process.send('ready')
  while (!isStopping) {
    await node.withLock('ledger', async (hold) => {
      note(`enter ${process.pid} ${hold.fence}`)
      await sleep(5)
      note(`leave ${process.pid}`)
    })
  }
  await node.close()
  note(`closed ${process.pid}`)
  process.exit(0)
}

main().catch((error) => {
  note(`failed ${process.pid} ${error.stack}`)
  process.exit(1)
})
