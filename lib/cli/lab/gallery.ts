/** This file runs `holdfast lab gallery`, which lists the broken algorithms. */
import { gallery } from '../../lab/gallery/index.ts'
import type { CommandAction } from '../spec.ts'
import type { labGallerySpec } from '../table/lab.ts'
import { exitCodes } from '../usage.ts'

/** `holdfast lab gallery` */
export const runGallery: CommandAction<typeof labGallerySpec.options> = async ({ json }, terminal) => {
  const rows = gallery.map(({ name, breaks, cure, mended }) => ({ name, breaks, cure, mended: mended !== null }))
  if (json) terminal.out(`${JSON.stringify(rows)}\n`)
  else terminal.out(`${rows.map(rowText).join('\n')}\nSee one break: holdfast lab check gallery:${rows[0]?.name}\n`)
  return exitCodes.clean
}

type Row = Pick<(typeof gallery)[number], 'name' | 'breaks' | 'cure'>

function rowText({ name, breaks, cure }: Row): string {
  const { property, nodes, why } = breaks
  return `${name}: breaks ${property} with ${nodes} sites\n    ${why}\n    Cure: ${cure}\n`
}
