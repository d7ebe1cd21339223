/** This file runs `holdfast lab gallery`, which lists the broken algorithms. */
import type { Broken } from '../../lab/gallery/broken.ts'
import { gallery } from '../../lab/gallery/index.ts'
import type { CommandAction } from '../spec.ts'
import type { labGallerySpec } from '../table/lab.ts'
import { exitCodes } from '../usage.ts'

/** `holdfast lab gallery` */
export const runGallery: CommandAction<typeof labGallerySpec.options> = async ({ json }, terminal) => {
  if (json) {
    const rows = gallery.map(({ name, property, nodes, breaks, cure, mended }) => ({
      name,
      breaks: { property, nodes, why: breaks },
      cure,
      mended: mended !== null,
    }))
    terminal.out(`${JSON.stringify(rows)}\n`)
  } else terminal.out(`${gallery.map(rowText).join('\n')}\nSee one break: holdfast lab check gallery:${gallery[0]?.name}\n`)
  return exitCodes.clean
}

function rowText({ name, property, nodes, breaks, source, cure }: Broken): string {
  const after = source === undefined ? '' : ` (${source})`
  return `${name}: breaks ${property} with ${nodes} sites${after}\n    ${breaks}\n    Cure: ${cure}\n`
}
