/** A real Chromium for the tests of web pages: the one on this machine, without a network. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import axe from 'axe-core'
import { expect } from 'chai'
import { after, afterEach, before } from 'mocha'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** The browser's command, if there is one. */
function findChromium(): string | null {
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
function whyNoBrowser(): string | null {
  if (findChromium() !== null) return null
  const reason = 'there is no chromium on the PATH'
  if (process.env['HOLDFAST_TEST_STRICT'] === '1') throw new Error(reason)
  return reason
}

/** Starts it, with a profile of its own. Close it in the end. */
function launchBrowser(): Promise<Browser> {
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

/** What the tests of a page have: a browser, a folder for its file, and whatever goes wrong in it. */
export interface Pages {
  /** Exists while the tests run. */
  readonly folder: string
  /** A file in it, opened; what it asks of the network, and every error in it, fails the test. Closed after the test. */
  open(url: string, options: BrowserContextOptions): Promise<Page>
}

/** For a `describe`: starts the browser before its tests, or skips them; ends it, and removes the folder, after them. */
export function offlinePages(): Pages {
  let folder = ''
  let browser: Browser | null = null
  let page: Page | null = null
  const failures: string[] = []

  before(async function () {
    const reason = whyNoBrowser()
    if (reason !== null) {
      console.log(`      skipped: ${reason}`)
      return this.skip()
    }
    folder = mkdtempSync(join(tmpdir(), 'holdfast-page-'))
    browser = await launchBrowser()
  })

  after(async () => {
    await browser?.close()
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  })

  afterEach(async () => {
    await page?.close()
    page = null
    expect(failures.splice(0)).to.deep.equal([])
  })

  return {
    get folder() {
      return folder
    },
    async open(url, options) {
      const opened = await (browser as Browser).newPage(options)
      page = opened
      opened.on('pageerror', (error) => failures.push(error.message))
      opened.on('console', (message) => {
        if (message.type() === 'error') failures.push(message.text())
      })
      opened.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) failures.push(`asks for ${request.url()}`)
      })
      await opened.goto(url)
      return opened
    },
  }
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
