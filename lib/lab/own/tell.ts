/** This file writes a narrative of the checker as lines of text. */
import type { SentMessage, NarrativeStep, Narrative } from './scenes.ts'

/** Longer stories are told from their end. */
const scenesMax = 60

/** The scenes that are shown: all, or the last ones of a long story. */
export function shownScenes({ scenes }: Narrative): readonly NarrativeStep[] {
  return scenes.length <= scenesMax ? scenes : scenes.slice(-scenesMax)
}

/** A story in lines, a line a step; the last says what must not be. */
export function narrate(story: Narrative): string[] {
  const shown = shownScenes(story)
  const untold = story.scenes.length - shown.length
  const lines = shown.map((scene) => `${scene.number}. ${sentenceOf(scene)}`)
  if (untold > 0) lines.unshift(`… ${untold} steps before`)
  const late = story.flights.filter(({ arrivedIn }) => arrivedIn === 0)
  if (late.length > 0 && late.length <= 8) lines.push(`Still on its way: ${late.map(lateText).join('; ')}`)
  return [...lines, story.problem]
}

function lateText({ from, to, text }: SentMessage): string {
  return `${text} from ${from} to ${to}`
}

/** One step and what came of it, as a sentence. */
export function sentenceOf({ at, does, arrived, sent, entered }: NarrativeStep): string {
  const came = [...entered.map((id) => (id === at ? 'enters' : `${id} enters`)), ...sentTexts(sent)]
  const what = arrived === null ? `${at} ${does}` : `${at} receives ${arrived.text} from ${arrived.from}`
  return came.length === 0 ? what : `${what}: ${came.join(', ')}`
}

/** `sends request to b and c`: what is the same is said once. */
function sentTexts(sent: readonly SentMessage[]): string[] {
  const byText = new Map<string, string[]>()
  for (const { text, to } of sent) byText.set(text, [...(byText.get(text) ?? []), to])
  return [...byText].map(([text, to]) => `sends ${text} to ${to.join(' and ')}`)
}
