/**
 * This file exports the CommonJS packages that the mesh is made of. Modules import them as `#third-party`, which package.json
 * maps to this file. A bundler, which knows the condition `module`, gets one ES module with the same exports instead: CommonJS
 * that requires Node's own modules fails in an ES module bundle (`Dynamic require of "crypto" is not supported`).
 */
export { default as hyperid } from 'hyperid'
export { Server } from 'socket.io'
export { Manager } from 'socket.io-client'
