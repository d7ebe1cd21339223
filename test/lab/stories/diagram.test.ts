import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { before, describe, it } from 'mocha'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { pageWith } from '../../../lib/lab/pages.ts'
import { linkOf, linkText } from '../../../lib/lab/scenario/link.ts'
import { play } from '../../../lib/lab/scenario/player.ts'
import type { Recording } from '../../../lib/lab/scenario/recording.ts'
import { stepText } from '../../../lib/lab/scenario/words.ts'
import { accessIssues, offlinePages } from '../browser.ts'

describe('the diagram in the browser', function () {
  this.timeout(60_000)
  const pages = offlinePages()
  let file = ''
  let page: Page

  before(() => {
    if (pages.folder === '') return
    file = join(pages.folder, 'diagram.html')
    writeFileSync(file, pageWith('diagram', { link: 'algorithm=token-ring&nodes=3&seed=7' }))
  })

  async function open(link: string, options: BrowserContextOptions = {}): Promise<Page> {
    const url = `${pathToFileURL(file)}${link === '' ? '' : `#${link}`}`
    page = await pages.open(url, { viewport: { width: 1400, height: 900 }, ...options })
    await page.waitForSelector('canvas')
    return page
  }

  const said = () => page.locator('#step').textContent()
  const lamp = (property: string) => page.locator(`[data-property="${property}"]`).getAttribute('data-light')
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
  const played = (link: string): Recording => {
    const { scenario, step } = linkOf(link)
    return play(scenario, step)
  }

  it('is one file that asks nothing of the network, and begins with what was put into it', async () => {
    expect(readFileSync(file, 'utf8')).not.to.match(/<(script|link|img)[^>]+(src|href)="(?!data:)/)
    await open('')
    expect(await said()).to.equal('The beginning: nothing has happened yet.')
    expect(await page.getByLabel('Algorithm').inputValue()).to.equal('token-ring')
    expect(await page.getByRole('spinbutton', { name: 'Nodes' }).inputValue()).to.equal('3')
  })

  it('steps, goes back and jumps, and says the same as the same actors here', async () => {
    const link = 'algorithm=ricart-agrawala&nodes=3&seed=5'
    const recording = played(`${link}&at=30`)
    await open(link)
    for (let cursor = 1; cursor <= 6; cursor++) {
      await button('Step →').click()
      expect(await said()).to.equal(stepText(recording, cursor))
    }
    await button('← Back').click()
    expect(await said()).to.equal(stepText(recording, 5))
    await page.getByLabel('Jump to step').fill('27')
    await page.keyboard.press('Enter')
    expect(await said()).to.equal(stepText(recording, 27))
    await button('To the beginning').click()
    expect(await said()).to.equal(stepText(recording, 0))
  })

  it('lets a user click and drop a message under way, and lights the lamp of the node that then waits in vain', async () => {
    const base = 'algorithm=naimi-trehel&nodes=3&load=saturated&users=6&delay=constant:1'
    const token = played(`${base}&at=60`).flights.find(({ isToken }) => isToken)
    await open(`${base}&at=${token?.fromStep}`)
    await page.getByRole('button', { name: /^baton|^token/ }).click()
    await button('Drop').click()
    expect(await said()).to.match(new RegExp(`message ${token?.number} is dropped`))
    expect(await lamp('one token')).to.equal('dim')
    expect(await lamp('liveness')).to.equal('kept')
    await page.keyboard.press('End')
    expect(await lamp('liveness')).to.equal('broken')
    await button('← Back').click()
    expect(await lamp('liveness')).to.equal('kept')
  })

  it('hits a message under way where it is drawn, in the canvas', async () => {
    await open('algorithm=ricart-agrawala&nodes=2&load=hands&delay=constant:1&do=0:request:A')
    await button('Step →').click()
    const { x, y } = (await page.locator('canvas').boundingBox()) as { x: number; y: number }
    // The request has just been sent: its head is a little below A's line, at time 0.
    const lane = await page.locator('.node').first().boundingBox()
    const across = (lane?.y ?? 0) - y + (lane?.height ?? 0) / 2
    await page.mouse.click(x + 14 + 3, y + across + 7)
    await button('Deliver').click()
    expect(await said()).to.match(/message 1 is delivered at once; B receives request/)
  })

  it('shows two inside when Lamport 1978 runs on links that do not keep order', async () => {
    const links = Array.from(
      { length: 100 },
      (_, seed) => `algorithm=lamport&nodes=3&seed=${seed}&load=poisson:1.5&delay=exponential:1&fifo=no`,
    )
    const link = links.find((each) =>
      played(`${each}&at=300`).breaches.some(({ property }) => property === 'exclusion'),
    ) as string
    const step = played(`${link}&at=300`).breaches[0]?.step ?? 0
    await open(`${link}&at=${step - 1}`)
    expect(await lamp('exclusion')).to.equal('kept')
    await page.keyboard.press('ArrowRight')
    expect(await lamp('exclusion')).to.equal('broken')
    await page.keyboard.press('ArrowLeft')
    expect(await lamp('exclusion')).to.equal('kept')
  })

  it('is used by keys alone: a crash, a duplicate, a view change', async () => {
    await open('algorithm=token-ring&nodes=3&seed=7&at=8')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('c')
    expect(await said()).to.match(/B crashes/)
    await page.keyboard.press('v')
    expect(await said()).to.match(/view 2 begins with A and C/)
    for (let tries = 0; tries < 30 && (await page.locator('.flights li').count()) === 0; tries++) await page.keyboard.press('.')
    await page.keyboard.press(']')
    await page.keyboard.press('u')
    expect(await said()).to.match(/is duplicated/)
    await page.keyboard.press('?')
    expect(await page.getByRole('dialog').textContent()).to.include('one step back')
    await page.keyboard.press('Escape')
    expect(await page.getByRole('dialog').count()).to.equal(0)
  })

  it('parts the network and heals it, and pauses a node', async () => {
    await open('algorithm=ricart-agrawala&nodes=4&seed=2&at=3')
    await page.getByLabel('Parts, nodes by name').fill('A | B C D')
    await button('Part').click()
    expect(await said()).to.match(/parted: A \| B C D/)
    await button('Heal').click()
    expect(await said()).to.match(/whole again/)
    await button('Node C, out').or(button('Node C, waits')).first().click()
    await button('Pause').click()
    expect(await said()).to.match(/C is paused/)
    await button('C: resume').click()
    expect(await said()).to.match(/C is resumed/)
    await page.getByLabel('Parts, nodes by name').fill('A | Q')
    expect(await button('Part').isDisabled()).to.equal(true)
  })

  it('holds in its link all that was done, for a reader who opens it', async () => {
    await open('algorithm=token-ring&nodes=3&seed=7&at=5')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('c')
    await page.keyboard.press('v')
    await page.keyboard.press('ArrowRight')
    const before = await said()
    await page.waitForFunction(`location.hash.includes('at=8')`)
    const link = new URL(page.url()).hash.slice(1)
    expect(link).to.equal('algorithm=token-ring&nodes=3&seed=7&do=5:crash:A,6:view&at=8')
    expect(linkText(linkOf(link))).to.equal(link)
    await page.close()
    await open(link)
    expect(await said()).to.equal(before)
  })

  it('says what is wrong with a link that cannot be played', async () => {
    await open('algorithm=ricart-agrawala&nodes=1')
    expect(await page.getByRole('alert').textContent()).to.match(/nodes: 1 will not do/)
  })

  it('plays by itself until it is paused', async () => {
    await open('algorithm=ricart-agrawala&nodes=3&seed=5')
    await page.getByLabel('Speed').selectOption('16')
    await page.keyboard.press('Escape')
    await button(/Play/).click()
    await page.waitForFunction(`Number(document.querySelector('input[type=range]').value) > 10`)
    await button(/Pause/).click()
    expect(await said()).to.match(/^Step \d+ at/)
  })

  it('shows the clocks of an event, and what happened before and after it', async () => {
    const link = 'algorithm=ricart-agrawala&nodes=3&seed=5&at=12'
    const { events } = played(link)
    await open(link)
    await page.locator('summary').click()
    await page.locator('tbody tr').first().waitFor()
    expect(await page.locator('tbody tr').count()).to.equal(Math.min(50, events.length))
    await page.locator('tbody tr').last().getByRole('button').click()
    expect(await page.locator('.cones').textContent()).to.match(/0 events happened before it/)
    expect(await page.locator('.vector').textContent()).to.match(/1/)
  })

  it('has nothing that axe-core finds serious, by day, in the dark, vertical and with everything open', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await open('algorithm=token-ring&nodes=5&seed=3&at=40&do=9:duplicate:4,20:crash:C,24:view', { colorScheme })
      await page.locator('summary').click()
      expect(await accessIssues(page)).to.deep.equal([])
      await page.keyboard.press('o')
      await page.keyboard.press(']')
      expect(await accessIssues(page)).to.deep.equal([])
      await page.keyboard.press('?')
      expect(await accessIssues(page)).to.deep.equal([])
      await page.close()
    }
  })

  it('is drawn as lines on paper', async () => {
    await open('algorithm=token-ring&nodes=3&seed=7&at=12')
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.printed > svg').isVisible()).to.equal(true)
    expect(await page.locator('canvas').isVisible()).to.equal(false)
  })

  it('takes a step, a pan and a jump among 10,000 events before the reader notices', async () => {
    const link = 'algorithm=ricart-agrawala&nodes=8&load=saturated&users=400&at=5400'
    expect(played(link).events.length).to.be.greaterThan(10_000)
    await open(link)
    const frameMs = (act: string): Promise<number> =>
      page.evaluate(`new Promise((resolve) => {
        const beganMs = performance.now()
        ${act}
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - beganMs)))
      })`)
    const key = (name: string): string => `dispatchEvent(new KeyboardEvent('keydown', { key: '${name}' }))`
    const pan = `document.querySelector('canvas').dispatchEvent(new WheelEvent('wheel', { deltaX: 40, shiftKey: true, cancelable: true }))`
    const median = async (act: string): Promise<string> => {
      const all: number[] = []
      for (let times = 0; times < 15; times++) all.push(await frameMs(act))
      all.sort((a, b) => a - b)
      return `${(all[7] as number).toFixed(0)} ms (best ${(all[0] as number).toFixed(0)})`
    }
    const told = [`step ${await median(key('ArrowRight'))}`, `back ${await median(key('ArrowLeft'))}`, `pan ${await median(pan)}`]
    await page.keyboard.press('f')
    told.push(`step with all of it in view ${await median(key('ArrowRight'))}`)
    told.push(`pan with all of it in view ${await median(pan)}`)
    console.log(`      from the event to the painted frame, at 10,000 events: ${told.join(', ')}`)
    expect(await said()).to.match(/^Step 54\d\d/)
  })
})
