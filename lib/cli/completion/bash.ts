/** This file writes the completion script for bash 4 and newer. */
import { commandsOf, firstWords, groups, namesIn } from '../commands.ts'
import { type CompletedCommand, type Offer, quoted } from './words.ts'

/** A script for bash 4 and newer. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap(({ name: option, value }) =>
      value === null ? [] : [`    ${quoted(`${name} --${option}`)}) ${offered(value.offer)} ;;`],
    ),
  )
  const flags = commands.map(
    ({ name, options }) => `      ${quoted(name)}) words=${quoted(options.map((each) => `--${each.name}`).join(' '))} ;;`,
  )
  const args = commands.flatMap(({ name, args: [first] }) =>
    first === undefined ? [] : [`      ${quoted(name)}) ${offered(first.offer)} ;;`],
  )
  const inGroups = Object.keys(groups).filter((group) => commandsOf(group).length > 0)
  return `# Completion of holdfast for bash: source <(holdfast completion bash)
_holdfast() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} name=\${COMP_WORDS[1]} words= kind=
  # bash parts --option=value into three words.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W ${quoted([...firstWords, '--help', '--version'].join(' '))} -- "$cur"))
    return
  fi
  case $name in
${inGroups.map((group) => groupCase(group)).join('\n')}
    help)
      if (( COMP_CWORD == 2 )) && [[ $cur != -* ]]; then
        COMPREPLY=($(compgen -W ${quoted(firstWords.join(' '))} -- "$cur"))
        return
      fi ;;
  esac
  case "$name $prev" in
${values.join('\n')}
    *)
    if [[ $cur == -* ]]; then
      case $name in
${flags.join('\n')}
      esac
    else
      case $name in
${args.join('\n')}
      esac
    fi ;;
  esac
  case $kind in
    '') COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    *) compopt -o filenames 2>/dev/null
       local IFS=$'\\n'
       COMPREPLY=($(compgen -A "$kind" -- "$cur")) ;;
  esac
}
complete -F _holdfast holdfast
`
}

function groupCase(group: string): string {
  return `    ${group})
      if (( COMP_CWORD == 2 )); then
        COMPREPLY=($(compgen -W ${quoted(namesIn(group).join(' '))} -- "$cur"))
        return
      fi
      name="${group} \${COMP_WORDS[2]}" ;;`
}

function offered(offer: Offer): string {
  if (offer === 'files') return 'kind=file'
  return offer === 'folders' ? 'kind=directory' : `words=${quoted(offer.join(' '))}`
}
