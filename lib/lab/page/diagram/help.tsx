/** This file shows the keys, and explains the signs of the figure. */
import { useEffect, useRef } from 'preact/hooks'
import { bindings } from './keys.ts'

const keyNames: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowRight: '→',
  ArrowLeft: '←',
  ArrowDown: '↓',
  ArrowUp: '↑',
  Escape: 'Esc',
}

export function Help({ close }: { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {bindings.map(({ keys, text }) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{keyNames[key] ?? key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <h2>Reading the figure</h2>
      <p>
        A line is a node, an arrow a message; a ring on an arrow is a message under way: click it. ○ asks, a pale bar waits, a
        full bar is inside, with its fence. The token is amber. A dashed arrow with a cross is lost. Grey shade: crashed or
        standing still; coloured bands: parts of the network; magenta: what must not be. Click an event to see its causal past and
        future.
      </p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  )
}
