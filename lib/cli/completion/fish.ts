/** This file writes the completion script for fish 3 and newer. */
import { commandNamed, firstWords, groups, namesIn } from '../commands.ts'
import { type CompletedCommand, type CompletedOption, quoted } from './words.ts'

/** A script for fish 3 and newer. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const top = firstWords.map((word) => {
    const summary = groups[word] ?? commandNamed(word)?.spec.summary ?? ''
    return `complete -c holdfast -n __fish_use_subcommand -a ${word} -d ${fishText(summary)}`
  })
  return `# Completion of holdfast for fish: holdfast completion fish > ~/.config/fish/completions/holdfast.fish
complete -c holdfast -f
${top.join('\n')}
${commands.map((command) => linesOf(command).join('\n')).join('\n')}
`
}

function linesOf({ name, summary, options, args: [arg] }: CompletedCommand): readonly string[] {
  const [first = '', second] = name.split(' ')
  const seen = `__fish_seen_subcommand_from ${first}`
  const condition = second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`
  const lines: string[] = []
  if (second !== undefined) {
    const others = `${seen}; and not __fish_seen_subcommand_from ${namesIn(first).join(' ')}`
    lines.push(`complete -c holdfast -n ${quoted(others)} -a ${second} -d ${fishText(summary)}`)
  }
  if (arg !== undefined && arg.offer.length > 0) {
    const offer = typeof arg.offer === 'string' ? '-F' : `-a ${fishText(arg.offer.join(' '))}`
    lines.push(`complete -c holdfast -n ${quoted(condition)} ${offer}`)
  }
  return [...lines, ...options.map((option) => `complete -c holdfast -n ${quoted(condition)} ${optionOf(option)}`)]
}

function optionOf({ name, says, value }: CompletedOption): string {
  const told = `-l ${name} -d ${fishText(says)}`
  if (value === null) return told
  if (value.offer === 'files') return `${told} -r -F`
  if (value.offer === 'folders') return `${told} -x -a '(__fish_complete_directories)'`
  return value.offer.length === 0 ? `${told} -x` : `${told} -x -a ${fishText(value.offer.join(' '))}`
}

function fishText(text: string): string {
  return quoted(text.replaceAll('\\', '\\\\'), "\\'")
}
