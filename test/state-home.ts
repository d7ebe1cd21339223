/**
 * Loaded before every test: nodes of tests remember nothing in the home of whoever runs them. Their child processes inherit it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-state-'))
process.env['XDG_STATE_HOME'] = folder
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
