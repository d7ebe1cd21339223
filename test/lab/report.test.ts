import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { writeReport } from '../../lib/lab/report/write.ts'
import type { Results } from '../../lib/lab/results.ts'
import { accessIssues, offlinePages } from './browser.ts'
import { distribution, measured, results, row } from './report-sample.ts'

const real = { rows: [row({ nodes: 3, delay: 'measured', response: distribution(4) })], delayMs: 0.2, machine: 'this one' }

describe('the report in the browser', function () {
  this.timeout(60_000)
  const pages = offlinePages()
  let page: Page
  const fileOf = (name: string): string => join(pages.folder, name)

  /** Writes a report and opens it as a file. */
  async function open(what: Results = results(), options: BrowserContextOptions = {}): Promise<Page> {
    const html = fileOf('report.html')
    writeReport(what, { html })
    page = await pages.open(pathToFileURL(html).href, { viewport: { width: 1280, height: 900 }, ...options })
    await page.waitForSelector('h1')
    return page
  }

  const messagesFigure = () =>
    page.locator('figure').filter({ has: page.getByRole('heading', { name: 'Messages for each entry' }) })
  const algorithmsInOrder = () => page.locator('table.rows:not(.compare) tbody th[scope=row]').allTextContents()

  it('is one file that asks nothing of the network, and says where its numbers come from', async () => {
    await open()
    expect(readFileSync(fileOf('report.html'), 'utf8')).not.to.match(/<(script|link|img)[^>]+(src|href)="(?!data:)/)
    expect(await page.locator('.provenance').textContent()).to.include('1.2.3')
    expect(await page.locator('.reproduce code').textContent()).to.equal(results().provenance.command)
  })

  it('shows text that looks like markup as text', async () => {
    const broken = row({ violations: 1, firstViolation: '</script><b id="planted">B</b> enters while A is inside' })
    await open(results({ rows: [broken] }))
    expect(await page.locator('#planted').count()).to.equal(0)
    expect(await page.getByRole('alert').textContent())
      .to.include('1 violation.')
      .and.to.include('<b id="planted">')
  })

  it('gives each plot an alternative in words and a table of its numbers', async () => {
    await open()
    const plots = page.getByRole('img')
    const count = await plots.count()
    expect(count).to.equal(12)
    for (let at = 0; at < count; at++) {
      const words = await plots.nth(at).evaluate((plot) => {
        const id = plot.getAttribute('aria-describedby') ?? ''
        return plot.ownerDocument.getElementById(id)?.textContent ?? ''
      })
      expect(words).to.include('ricart-agrawala')
    }
    await messagesFigure().first().getByText('Numbers').click()
    const table = messagesFigure().first().getByRole('table')
    expect(await table.getByRole('row').count()).to.equal(1 + 2 * 3)
    expect(await table.textContent()).to.include('198')
  })

  it('lets the legend take an algorithm out of every figure, and the scale fit what is left', async () => {
    await open()
    const before = await messagesFigure().first().locator('svg').innerHTML()
    await page.getByRole('checkbox', { name: 'token-ring' }).uncheck({ force: true })
    const after = await messagesFigure().first().locator('svg').innerHTML()
    expect(before).to.include('token-ring')
    expect(after).not.to.include('token-ring')
    expect(await page.locator('figure svg .band').count()).to.be.above(0)
    await page.getByRole('checkbox', { name: '95 % interval' }).uncheck({ force: true })
    expect(
      await page.locator('figure svg .band').evaluateAll((bands) => bands.filter((band) => band.getAttribute('d') !== '').length),
    ).to.equal(0)
  })

  it('highlights the algorithm under the pointer in the legend', async () => {
    await open()
    await page.getByRole('checkbox', { name: 'token-ring' }).focus()
    const dim = await messagesFigure()
      .first()
      .locator('svg text', { hasText: 'ricart-agrawala' })
      .locator('..')
      .getAttribute('class')
    const bright = await messagesFigure()
      .first()
      .locator('svg text', { hasText: 'token-ring' })
      .locator('..')
      .getAttribute('class')
    expect([dim, bright]).to.deep.equal(['series name dim', 'series name'])
  })

  it('is sorted from the keyboard, and tells so', async () => {
    await open()
    const [first] = await algorithmsInOrder()
    expect(first).to.equal('ricart-agrawala')
    const head = page.getByRole('columnheader', { name: /^Messages/ }).last()
    await head.getByRole('button').focus()
    await page.keyboard.press('Enter')
    expect(await head.getAttribute('aria-sort')).to.equal('ascending')
    expect((await algorithmsInOrder()).slice(0, 9)).to.deep.equal(new Array(9).fill('token-ring'))
    await page.keyboard.press('Space')
    expect(await head.getAttribute('aria-sort')).to.equal('descending')
    expect((await algorithmsInOrder())[0]).to.equal('ricart-agrawala')
    expect(await page.getByRole('status').filter({ hasText: 'Sorted' }).textContent()).to.equal(
      'Sorted by Messages, largest first.',
    )
  })

  it('says which printed figures are approximations', async () => {
    await open()
    const notes = await page.locator('.notes').textContent()
    expect(notes).to.include('Where a textbook’s figure is an approximation').and.to.include('the ring rests in between')
  })

  it('names what parts from its formula, and by how much', async () => {
    const far = row({ messagesPerEntry: measured(10), formula: { text: '2(N − 1)', value: 8, ratio: 1.25, kind: 'exact' } })
    await open(results({ rows: [far] }))
    expect(await page.locator('.notes').textContent()).to.match(/ricart-agrawala, messages: .*×1\.250/)
  })

  it('puts real processes beside their simulation', async () => {
    await open(results({ real }))
    const table = page.locator('table.compare')
    expect(await table.locator('tbody tr').count()).to.equal(1)
    expect(await table.locator('tbody tr').textContent()).to.include('×1.29')
    expect(await page.getByRole('checkbox', { name: 'real processes' }).isChecked()).to.equal(true)
    expect(await page.locator('figure svg .mark.hollow').count()).to.be.above(0)
  })

  it('sets algorithms side by side when there is one case', async () => {
    await open(results({ rows: [row(), row({ algorithm: 'token-ring', messagesPerEntry: measured(1) })] }))
    expect(await page.getByRole('heading', { level: 2 }).first().textContent()).to.equal('Side by side')
    expect(await messagesFigure().locator('svg').textContent())
      .to.include('8.000')
      .and.to.include('1.000')
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`keeps axe-core content in the ${colorScheme}`, async () => {
      await open(results({ real }), { colorScheme })
      await messagesFigure().first().getByText('Numbers').click()
      expect(await accessIssues(page)).to.deep.equal([])
    })
  }

  it('is dark where that is wanted, and white in print all the same', async () => {
    await open(results(), { colorScheme: 'dark' })
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    expect(await ground()).to.equal('rgb(20, 23, 26)')
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await ground()).to.equal('rgb(255, 255, 255)')
  })

  it('prints, without what is only for clicking', async () => {
    await open()
    const pdf = await page.pdf({ preferCSSPageSize: true })
    expect(pdf.subarray(0, 5).toString()).to.equal('%PDF-')
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('button', { name: 'Copy' }).isVisible()).to.equal(false)
    expect(await page.getByRole('img').first().isVisible()).to.equal(true)
  })

  it('fits a telephone', async () => {
    await open(results(), { viewport: { width: 360, height: 740 } })
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(360)
  })
})
