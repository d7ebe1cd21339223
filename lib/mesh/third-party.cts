/**
 * This file has the functions that load the third-party packages of the mesh. A program that imports Holdfast loads none of them
 * before it starts a node on a network. `require` loads socket.io's client in a third of the CPU time of `import`.
 *
 * Modules import this file as `#third-party`. package.json maps that name to this file, and for bundlers, which know the condition
 * `module`, to an ES module with the same export: CommonJS that requires Node's own modules fails in an ES module bundle
 * (`Dynamic require of "crypto" is not supported`).
 */
const thirdParty = {
  hyperid: () => require('hyperid') as typeof import('hyperid'),
  socketIo: () => require('socket.io') as typeof import('socket.io'),
  socketIoClient: () => require('socket.io-client') as typeof import('socket.io-client'),
}

export = thirdParty
