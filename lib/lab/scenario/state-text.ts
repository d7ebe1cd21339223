/**
 * This file writes an algorithm's variables as text, for any algorithm: the fields of its instance by name, sets in braces,
 * requests by their stamps. So a reader of the paper finds the paper's variables beside the figure.
 */
import { cutText, fieldWords, isSite, shortText } from '../../sim/story/value-text.ts'
import type { Variable } from './recording.ts'

/** The variables of an instance. The world it acts on (its site) and its functions are left out. */
export function variablesOf(instance: object): Variable[] {
  const variables: Variable[] = []
  for (const [name, value] of Object.entries(instance)) {
    if (name === 'site' || typeof value === 'function' || isSite(value)) continue
    const text = shortText(value, 0)
    variables.push({
      name: fieldWords(name),
      text: cutText(text),
      isEmpty: value === null || value === undefined || value === false || text === 'none',
    })
  }
  return variables
}
