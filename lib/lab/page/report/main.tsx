/** This file starts the page of the report in the browser. */
import { render } from 'preact'
import { pageData } from '../data.ts'
import type { Results } from '../../results.ts'
import { ReportPage } from './report.tsx'
// In this order: later ones refine what earlier ones say.
import './style.css'
import './head.css'
import './legend.css'
import './figures.css'
import './tables.css'
import './notes.css'
import './narrow.css'
import './print.css'

const app = document.getElementById('app') as HTMLElement
const data = pageData() as Results | null
if (data === null) render(<p>This page was built without results: write one with `holdfast lab run --html FILE`.</p>, app)
else {
  document.title = `${data.experiment.title ?? 'Mutual exclusion, measured'} · Holdfast lab`
  render(<ReportPage results={data} />, app)
}
