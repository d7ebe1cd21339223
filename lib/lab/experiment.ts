/**
 * What is to be measured: the text of `lab.json`, checked, with every default filled in. The same shape comes from the flags of
 * `holdfast lab run`; its JSON Schema is made from it, so that editors complete and complain as the command does.
 */
import { z } from 'zod'
import { BadOptionError, HoldfastError } from '../base/errors.ts'
import { hash53 } from '../base/hash.ts'
import { labAlgorithm } from './algorithms.ts'
import { delayLaw } from './arena/delays.ts'
import { loadOf } from './arena/loads.ts'
import { experimentComplaint } from './experiment-complaint.ts'

const list = <Item extends z.ZodType>(item: Item, most: number) => z.array(item).min(1).max(most)

/** A text that one of the lab's readers understands; its complaint is the reader's. */
const readBy = (read: (text: string) => unknown, description: string) =>
  z
    .string()
    .min(1)
    .superRefine((text, context) => {
      try {
        read(text)
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        context.addIssue({ code: 'custom', message: error.message })
      }
    })
    .describe(description)

/** An experiment as it may be written: every field that is left out has a default. */
export interface ExperimentInput {
  /** Where editors find the JSON Schema of this file. */
  readonly $schema?: string | undefined
  /** Stands above the report. */
  readonly title?: string | undefined
  /** What is compared: `NAME` or `NAME:OPTION+OPTION`, as `holdfast lab algorithms` lists them. */
  readonly algorithms: readonly string[]
  /** How many nodes there are. Default `[5]`. */
  readonly nodes?: readonly number[] | undefined
  /**
   * What users do: `light`, `saturated`, `poisson:LOAD`, `closed:THINK`, `hotspot:LOAD,SHARE`, `zipf:LOAD,S`, `bursts:LOAD,SIZE`.
   * Default `['saturated']`.
   */
  readonly loads?: readonly string[] | undefined
  /**
   * How long messages travel: `constant:T`, `uniform:LOW,HIGH`, `exponential:T`, `lognormal:T,SIGMA`, `two-sites:NEAR,FAR`. Results
   * are in units of T, the mean. Default `['constant:1']`.
   */
  readonly delays?: readonly string[] | undefined
  /** Entries that count, under each seed. Default 1000. */
  readonly entries?: number | undefined
  /** Entries before those. Default: a tenth of them, and two for each node at least. */
  readonly warmUp?: number | undefined
  /** Independent runs; intervals are at 95 % over them. Default 30. */
  readonly seeds?: number | undefined
  /** The first seed. Default 1. */
  readonly firstSeed?: number | undefined
  /** Length of a critical section, in units of T. Default 0.1. */
  readonly sectionT?: number | undefined
  /** Whether every section has that length, or has it as its mean. Default `constant`. */
  readonly sectionLaw?: 'constant' | 'exponential' | undefined
  /** Whether messages on one link keep their order. Default `fifo`. */
  readonly links?: 'fifo' | 'unordered' | undefined
  /** Users share this number of permits, instead of excluding each other. Default: they exclude each other. */
  readonly permits?: number | undefined
}

/** The fields that stay absent when they are left out. */
type WithoutDefault = 'title' | 'warmUp' | 'permits'

/** An experiment with every default filled in. */
export interface Experiment extends Pick<ExperimentInput, WithoutDefault>, Filled {}

type Defaulted = Omit<ExperimentInput, WithoutDefault | '$schema'>
type Filled = { readonly [Field in keyof Defaulted]-?: Exclude<Defaulted[Field], undefined> }

/** What `satisfies` says here keeps the schema and the interfaces the same, field by field. */
const experimentSchema = z
  .strictObject({
    $schema: z.string().optional().describe('Where editors find this schema.'),
    title: z.string().max(200).optional().describe('Stands above the report.'),
    algorithms: list(readBy(labAlgorithm, 'NAME or NAME:OPTION+OPTION, as `holdfast lab algorithms` lists them.'), 64).describe(
      'What is compared.',
    ),
    nodes: list(z.int().min(2).max(1000), 64).default([5]).describe('How many nodes there are.'),
    loads: list(
      readBy(loadOf, 'light, saturated, poisson:LOAD, closed:THINK, hotspot:LOAD,SHARE, zipf:LOAD,S, bursts:LOAD,SIZE.'),
      64,
    )
      .default(['saturated'])
      .describe('What users do.'),
    delays: list(readBy(delayLaw, 'constant:T, uniform:LOW,HIGH, exponential:T, lognormal:T,SIGMA, two-sites:NEAR,FAR.'), 16)
      .default(['constant:1'])
      .describe('How long messages travel; results are in units of T, the mean.'),
    entries: z.int().min(1).max(10_000_000).default(1000).describe('Entries that count, under each seed.'),
    warmUp: z
      .int()
      .min(0)
      .max(10_000_000)
      .optional()
      .describe('Entries before those. Default: a tenth, and two for each node at least.'),
    seeds: z.int().min(1).max(10_000).default(30).describe('Independent runs; intervals are at 95 % over them.'),
    firstSeed: z
      .int()
      .min(0)
      .max(2 ** 31)
      .default(1)
      .describe('The first of them.'),
    sectionT: z.number().min(0).max(1000).default(0.1).describe('Length of a critical section, in units of T.'),
    sectionLaw: z
      .enum(['constant', 'exponential'])
      .default('constant')
      .describe('Whether all sections are that long, or at the mean.'),
    links: z.enum(['fifo', 'unordered']).default('fifo').describe('Whether messages on one link keep their order.'),
    permits: z.int().min(1).max(1000).optional().describe('Users share so many permits, instead of excluding each other.'),
  } satisfies Record<keyof ExperimentInput, z.ZodType>)
  .meta({ title: 'An experiment of the Holdfast lab' }) satisfies z.ZodType<Experiment, ExperimentInput>

/**
 * Reads an experiment. Algorithms, loads and delay laws are looked at too, so that what comes back can be run.
 *
 * @param place what messages begin with: the file's name
 * @throws BAD_OPTION that names the place and the cure of everything that is wrong.
 * @example
 * experimentOf({ algorithms: ['ricart-agrawala'], nodes: [10], entries: 100_000 })
 */
export function experimentOf(input: unknown, place = 'experiment'): Experiment {
  const read = experimentSchema.safeParse(input)
  if (!read.success) {
    throw new BadOptionError(`${place}: ${experimentComplaint(read.error.issues, input)}`, {
      option: String(read.error.issues[0]?.path[0] ?? 'experiment'),
    })
  }
  const { $schema: _, ...experiment } = read.data
  checkModes(experiment, place)
  return experiment
}

/** The JSON Schema of `lab.json` (draft 2020-12). */
export function experimentJsonSchema(): object {
  return z.toJSONSchema(experimentSchema, { io: 'input' })
}

/** The same for the same experiment, in any spelling of its defaults: by it results are known to belong together. */
export function optionsHash(experiment: Experiment): string {
  const { title: _, ...options } = experiment
  const sortedKeys = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))
  return hash53(JSON.stringify(sortedKeys)).toString(16).padStart(14, '0')
}

function checkModes(experiment: Experiment, place: string): void {
  const wanted = experiment.permits === undefined ? 'exclusive' : 'permits'
  for (const name of experiment.algorithms) {
    if (labAlgorithm(name).modes.includes(wanted)) continue
    const cure = wanted === 'permits' ? "leave 'permits' away, or the algorithm" : "say how many 'permits' there are"
    throw new BadOptionError(`${place}: '${name}' knows no ${wanted} requests: ${cure}`, { option: 'permits' })
  }
}
