/**
 * How each algorithm is told from the others: a colour and a shape that stay its own in every figure. Readers who cannot see red
 * or green can tell the eight colours apart, on white as in the dark, and each colour has enough contrast to its ground. The
 * shapes say the same again in print without colour. With more than eight algorithms colours return with other shapes.
 */

export interface Look {
  /** On white. */
  readonly light: string
  /** On the dark ground. */
  readonly dark: string
  readonly shape: MarkShape
}

/** Names as Vega has them; d3-shape has a symbol for each. */
export const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'] as const

export type MarkShape = (typeof shapes)[number]

/** On white. */
export const lightColours = ['#1474bf', '#c84d14', '#158655', '#aa4093', '#604b01', '#42349b', '#741242', '#111a24'] as const

/** On the dark ground, in the same order. */
export const darkColours = ['#64c1fe', '#fb8743', '#5af0b9', '#f98fcd', '#ecce55', '#8b80dc', '#cb5d7d', '#e4f1fe'] as const

/** The grounds that contrast is measured against. */
export const grounds = { light: '#ffffff', dark: '#14171a' } as const

/** The look of the algorithm at this place in the experiment; no two of the first 56 are alike. */
export function lookAt(place: number): Look {
  const colour = place % lightColours.length
  const round = Math.floor(place / lightColours.length)
  return {
    light: lightColours[colour] as string,
    dark: darkColours[colour] as string,
    shape: shapes[(colour + round) % shapes.length] as MarkShape,
  }
}
