/**
 * This file makes the lab's web pages. Each is one HTML file that needs no other file, built with the package. What a page is to
 * show stands in it as JSON, in a script tag that the browser does not run.
 */
import { readFileSync } from 'node:fs'
import { invariant } from '../base/assert.ts'

/** The pages that there are: a folder each in lib/lab/page. */
export type PageName = 'diagram' | 'report'

/** Where the data go. A page's `index.html` has exactly this once. */
export const emptyData = '<script type="application/json" id="data">null</script>'

/**
 * The page with these data in it, as one HTML file.
 *
 * @example
 * writeFileSync('report.html', pageWith('report', results))
 */
export function pageWith(name: PageName, data: unknown): string {
  return withData(readFileSync(new URL(`./page/${name}.html`, import.meta.url), 'utf8'), data)
}

/** Puts data into a page's HTML. Nothing in them can end the script tag that they are in. */
export function withData(html: string, data: unknown): string {
  const at = html.indexOf(emptyData)
  invariant(at !== -1 && html.indexOf(emptyData, at + 1) === -1, 'a page has one place for its data')
  const json = JSON.stringify(data).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  const full = emptyData.replace('null', () => json)
  return html.slice(0, at) + full + html.slice(at + emptyData.length)
}
