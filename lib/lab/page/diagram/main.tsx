import { render } from 'preact'
import { pageData } from '../data.ts'

render(<p>{JSON.stringify(pageData())}</p>, document.getElementById('app') as HTMLElement)
