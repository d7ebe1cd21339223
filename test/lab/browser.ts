/** A real Chromium for the tests of web pages: the one on this machine, without a network. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

/** The browser's command, if there is one. */
export function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
  return found ?? null
}

/**
 * Why pages cannot be tested here; null if they can.
 *
 * @throws Error instead, where no test may skip itself (HOLDFAST_TEST_STRICT=1).
 */
export function whyNoBrowser(): string | null {
  if (findChromium() !== null) return null
  const reason = 'there is no chromium on the PATH'
  if (process.env['HOLDFAST_TEST_STRICT'] === '1') throw new Error(reason)
  return reason
}

/** Starts it, with a profile of its own. Close it in the end. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() as string,
    args: [
      // A container's root has no sandbox, and everything that is loaded here is our own.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** One finding of axe-core. */
export interface AccessIssue {
  readonly id: string
  readonly impact: string
  readonly help: string
  readonly nodes: readonly string[]
}

/** What axe-core has to say against the page as it is now, of serious and critical issues. */
export async function accessIssues(page: Page): Promise<readonly AccessIssue[]> {
  await page.addScriptTag({ content: axe.source })
  const issues = await page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map(({ html }) => html) })))`,
  )
  return (issues as AccessIssue[]).filter(({ impact }) => impact === 'serious' || impact === 'critical')
}
