import { gallery } from '../../lab/gallery/index.ts'
import type { Command } from '../command.ts'
import { parseFlags, exitCodes } from '../usage.ts'

const help = `holdfast lab gallery: algorithms that look right and are not

Usage: holdfast lab gallery [--json]

'holdfast lab check gallery:NAME' shows how one of them breaks, and 'holdfast lab check mended:NAME' that its cure works.

  --json   [{ name, breaks: { property, nodes, why }, cure, mended }]
`

const flags = { json: { type: 'boolean', default: false } } as const

/** `holdfast lab gallery` */
export const labGalleryCommand: Command = {
  summary: 'algorithms that look right and are not',
  help,
  async run(args, terminal) {
    const { values } = parseFlags(args, flags)
    const rows = gallery.map(({ name, breaks, cure, mended }) => ({ name, breaks, cure, mended: mended !== null }))
    if (values.json) terminal.out(`${JSON.stringify(rows)}\n`)
    else terminal.out(`${rows.map(rowText).join('\n')}\nSee one break: holdfast lab check gallery:${rows[0]?.name}\n`)
    return exitCodes.clean
  },
}

type Row = Pick<(typeof gallery)[number], 'name' | 'breaks' | 'cure'>

function rowText({ name, breaks, cure }: Row): string {
  const { property, nodes, why } = breaks
  return `${name}: breaks ${property} with ${nodes} sites\n    ${why}\n    Cure: ${cure}\n`
}
