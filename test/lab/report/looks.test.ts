import { expect } from 'chai'
import { darkColours, grounds, lightColours, lookAt } from '../../../lib/lab/report/looks.ts'

type Colour = readonly [number, number, number]

/** Linear light of a colour, red, green and blue from 0 to 1. */
function linear(text: string): Colour {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(text.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return [r, g, b]
}

function luminance([r, g, b]: Colour): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** The contrast of WCAG 2. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

/** What is left of a colour for those who lack a kind of cone: Machado, Oliveira and Fernandes 2009, severity 1. */
const sights: Readonly<Record<string, readonly Colour[]>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
}

function seen(text: string, sight: readonly Colour[]): Colour {
  const colour = linear(text)
  const [r = 0, g = 0, b = 0] = sight.map((part) => part[0] * colour[0] + part[1] * colour[1] + part[2] * colour[2])
  return [Math.max(r, 0), Math.max(g, 0), Math.max(b, 0)]
}

/** Oklab (Ottosson 2020), in which distances are about those that are seen. */
function oklab([r, g, b]: Colour): Colour {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

/** The two colours that are hardest to tell apart, and how far apart they are. */
function nearest(colours: readonly string[], sight: readonly Colour[]): { distance: number; pair: string } {
  let least = { distance: Number.POSITIVE_INFINITY, pair: '' }
  for (const [at, a] of colours.entries()) {
    for (const b of colours.slice(at + 1)) {
      const [p, q] = [oklab(seen(a, sight)), oklab(seen(b, sight))]
      const distance = Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])
      if (distance < least.distance) least = { distance, pair: `${a} ${b}` }
    }
  }
  return least
}

/** In Oklab about five times what can just be seen side by side. */
const distanceMin = 0.09

describe('colours of algorithms', () => {
  for (const [ground, colours] of [
    ['light', lightColours],
    ['dark', darkColours],
  ] as const) {
    it(`have the contrast of text on the ${ground} ground`, () => {
      for (const colour of colours) expect(contrast(colour, grounds[ground]), colour).to.be.at.least(4.5)
    })

    for (const [name, sight] of Object.entries(sights)) {
      it(`stay apart on the ${ground} ground with ${name === 'full' ? 'full sight' : name}`, () => {
        const { distance, pair } = nearest(colours, sight)
        expect(distance, pair).to.be.at.least(distanceMin)
      })
    }
  }

  it('come with shapes, so that 56 algorithms all look different', () => {
    const looks = Array.from({ length: 56 }, (_, place) => lookAt(place))
    expect(new Set(looks.map(({ light, shape }) => `${light} ${shape}`)).size).to.equal(56)
  })
})
