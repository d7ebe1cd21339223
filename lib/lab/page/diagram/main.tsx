/**
 * This file starts the interactive space-time diagram in the browser. It begins with the scenario of the link. Without one it
 * begins with the scenario that was put into the page.
 */
import { render } from 'preact'
import { pageData } from '../data.ts'
import { App } from './app.tsx'
import { DiagramSession } from './session.ts'
import './style.css'

const session = new DiagramSession()

/** The link that the page was made with, if any. */
function ownLink(): string {
  const data = pageData()
  return typeof data === 'object' && data !== null && 'link' in data && typeof data.link === 'string' ? data.link : ''
}

function follow(): void {
  const link = location.hash.slice(1)
  session.beginFrom(link === '' ? ownLink() : link)
}

follow()
addEventListener('hashchange', () => {
  if (location.hash.slice(1) !== session.link) follow()
})
render(<App session={session} />, document.getElementById('app') as HTMLElement)
