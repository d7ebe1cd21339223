/** This file runs `holdfast lab schema`, which prints the JSON schema of an experiment. */
import { experimentJsonSchema } from '../../lab/experiment.ts'
import type { CommandAction } from '../spec.ts'
import type { labSchemaSpec } from '../table/lab.ts'
import { exitCodes } from '../usage.ts'

/** `holdfast lab schema` */
export const runSchema: CommandAction<typeof labSchemaSpec.options> = async ({ json }, terminal) => {
  terminal.out(`${JSON.stringify(experimentJsonSchema(), null, json ? 0 : 2)}\n`)
  return exitCodes.clean
}
