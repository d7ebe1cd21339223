/** This file shows the legend, whose switches apply to all plots. */
import type { Plot, Series } from '../../report/plots.ts'
import { PlotMark, seriesStyle } from './mark.tsx'
import type { Shown } from './shown.ts'

interface LegendProps {
  readonly plots: readonly Plot[]
  readonly shown: Shown
  show(shown: Shown): void
}

/** Switches for all figures at once: each algorithm, and the parts of a line. */
export function Legend({ plots, shown, show }: LegendProps) {
  const all = new Map<string, Series>()
  for (const { series } of plots) for (const each of series) if (!all.has(each.algorithm)) all.set(each.algorithm, each)
  const hasReal = plots.some(({ series }) => series.some(({ source }) => source === 'real'))
  const toggle = (algorithm: string): void => {
    const hidden = new Set(shown.hidden)
    if (!hidden.delete(algorithm)) hidden.add(algorithm)
    show({ ...shown, hidden })
  }
  return (
    <div class="legend">
      <fieldset>
        <legend>Algorithms</legend>
        {[...all.values()].map(({ algorithm, look }) => (
          <label
            key={algorithm}
            style={seriesStyle(look)}
            class={shown.hidden.has(algorithm) ? 'off' : ''}
            onPointerEnter={() => show({ ...shown, focus: algorithm })}
            onPointerLeave={() => show({ ...shown, focus: null })}
          >
            <input
              type="checkbox"
              checked={!shown.hidden.has(algorithm)}
              onChange={() => toggle(algorithm)}
              onFocus={() => show({ ...shown, focus: algorithm })}
              onBlur={() => show({ ...shown, focus: null })}
            />
            <svg width="30" height="12" viewBox="-15 -6 30 12" aria-hidden="true" class="series">
              <line x1="-15" x2="15" class="line" />
              <PlotMark shape={look.shape} size={42} />
            </svg>
            {algorithm}
          </label>
        ))}
        <span class="screen">
          <button type="button" onClick={() => show({ ...shown, hidden: new Set() })}>
            all
          </button>
          <button type="button" onClick={() => show({ ...shown, hidden: new Set(all.keys()) })}>
            none
          </button>
        </span>
      </fieldset>
      <fieldset class="parts">
        <legend>Lines</legend>
        <Part name="formulas" text="formula" {...{ shown, show }}>
          <line x1="-15" x2="15" class="formula" />
        </Part>
        <Part name="intervals" text="95 % interval" {...{ shown, show }}>
          <rect x="-15" y="-5" width="30" height="10" class="band" />
        </Part>
        {hasReal ? (
          <>
            <Part name="simulated" text="simulated" {...{ shown, show }}>
              <PlotMark shape="circle" size={42} />
            </Part>
            <Part name="real" text="real processes" {...{ shown, show }}>
              <PlotMark shape="circle" size={42} isHollow />
            </Part>
          </>
        ) : null}
      </fieldset>
    </div>
  )
}

interface PartProps {
  readonly name: 'formulas' | 'intervals' | 'simulated' | 'real'
  readonly text: string
  readonly shown: Shown
  readonly children: preact.ComponentChildren
  show(shown: Shown): void
}

function Part({ name, text, shown, show, children }: PartProps) {
  return (
    <label class={shown[name] ? '' : 'off'}>
      <input type="checkbox" checked={shown[name]} onChange={() => show({ ...shown, [name]: !shown[name] })} />
      <svg width="30" height="12" viewBox="-15 -6 30 12" aria-hidden="true" class="series plain">
        {children}
      </svg>
      {text}
    </label>
  )
}
