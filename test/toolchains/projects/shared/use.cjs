// What has to work of the package, however it was loaded: two nodes on this host take turns, and errors are told apart.
module.exports = async function use({ createNode, HoldfastError, TimeoutError }) {
  const directory = process.env.LOCK_DIRECTORY
  const nodes = [await createNode({ directory, cluster: 'use' }), await createNode({ directory, cluster: 'use' })]
  try {
    const fences = []
    let inside = 0
    const turns = async (node) => {
      for (let i = 0; i < 5; i++) {
        await node.withLock('turns', async (hold) => {
          if (++inside !== 1) throw new Error('two holders at a time')
          fences.push(hold.fence)
          await new Promise((resolve) => setTimeout(resolve, 1))
          inside--
        })
      }
    }
    await Promise.all(nodes.map(turns))
    if (fences.length !== 10 || !fences.every((fence, i) => i === 0 || fence > fences[i - 1])) throw new Error(`fences ${fences}`)
    const hold = await nodes[0].acquire('held', { meta: structuredClone({ why: ['a test'] }) })
    const error = await nodes[1].acquire('held', { wait: '0.1s' }).catch((reason) => reason)
    if (!(error instanceof TimeoutError && error instanceof HoldfastError)) throw new Error(`no TIMEOUT, but ${error}`)
    await hold.release()
  } finally {
    for (const node of nodes) await node.close()
  }
  return 'used'
}
