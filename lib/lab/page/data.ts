/** What was put into this page (lib/lab/pages.ts); null in a page as it was built. The code that uses it checks its shape. */
export function pageData(): unknown {
  return JSON.parse(document.getElementById('data')?.textContent ?? 'null')
}
