/** This file is a part of the page that scrolls by itself, also by the keyboard. */
import type { ComponentChildren } from 'preact'

interface ScrollsProps {
  readonly label: string
  /** For a table as wide as the page. */
  readonly isWide?: boolean
  readonly children: ComponentChildren
}

/** A part that scrolls by itself. It takes the focus, so that arrow keys scroll it too. */
export function Scrolls({ label, isWide = false, children }: ScrollsProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable from the keyboard
    <section class={isWide ? 'scrolls wide' : 'scrolls'} tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
