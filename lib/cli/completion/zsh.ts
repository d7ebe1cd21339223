/** This file writes the completion script for zsh. */
import { commandNamed, commandsOf, firstWords, groups, namesIn } from '../commands.ts'
import { type CompletedCommand, type Offer, quoted } from './words.ts'

/** A script for zsh: a file `_holdfast` in `$fpath`, or to be sourced after compinit. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const top = firstWords.map((word) => described(word, groups[word] ?? commandNamed(word)?.spec.summary ?? ''))
  const groupCases = Object.keys(groups).map(
    (group) => `    ${group})
      if (( CURRENT == 3 )); then
        list=(${commandsOf(group)
          .map(({ spec }, at) => described(namesIn(group)[at] as string, spec.summary))
          .join(' ')})
        _describe command list
        return
      fi
      name="${group} $words[3]"
      skip=2 ;;`,
  )
  const cases = commands.map(({ name, options, args }) => {
    const specs = [
      ...options.map(({ name: option, says, value }) =>
        value === null
          ? quoted(`--${option}[${escaped(says)}]`)
          : quoted(`--${option}=[${escaped(says)}]:${escaped(value.placeholder)}:${action(value.offer)}`),
      ),
      ...args.map(({ name: arg, offer }) => quoted(`:${arg}:${action(offer)}`)),
    ]
    return `    ${quoted(name)}) _arguments ${specs.join(' ')} ;;`
  })
  return `#compdef holdfast
# Completion of holdfast for zsh: holdfast completion zsh > "\${fpath[1]}/_holdfast"
_holdfast() {
  local name=$words[2]
  local -a list
  local -i skip=1
  if (( CURRENT == 2 )); then
    list=(${top.join(' ')})
    _describe command list
    return
  fi
  case $name in
${groupCases.join('\n')}
    help)
      if (( CURRENT == 3 )); then
        list=(${top.join(' ')})
        _describe command list
        return
      fi ;;
  esac
  shift $skip words
  (( CURRENT -= skip ))
  case $name in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _holdfast ]]; then _holdfast "$@"; else compdef _holdfast holdfast; fi
`
}

function described(word: string, summary: string): string {
  return quoted(`${word}:${summary.replaceAll(':', '\\:')}`)
}

function action(offer: Offer): string {
  if (offer === 'files') return '_files'
  if (offer === 'folders') return '_files -/'
  return offer.length === 0 ? ' ' : `(${offer.map((word) => escaped(word)).join(' ')})`
}

/** Brackets, colons and parentheses have a meaning of their own there. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:()\\]/g, (character) => `\\${character}`)
}
