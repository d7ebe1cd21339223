/**
 * This file checks the description of an experiment (`lab.json`), and fills in every default. The same shape comes from the
 * flags of `holdfast lab run`; its JSON Schema is made from it, so that editors complete and complain as the command does.
 */
import { BadOptionError } from '../base/errors.ts'
import { hash53 } from '../base/hash.ts'
import { labAlgorithm } from './algorithms.ts'
import { defaultsOf, experimentComplaint, experimentFields } from './experiment-fields.ts'

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

/**
 * Reads an experiment. Algorithms, loads and delay laws are looked at too, so that what comes back can be run.
 *
 * @param place what messages begin with: the file's name
 * @throws BAD_OPTION that names the place and the cure of everything that is wrong.
 * @example
 * experimentOf({ algorithms: ['ricart-agrawala'], nodes: [10], entries: 100_000 })
 */
export function experimentOf(input: unknown, place = 'experiment'): Experiment {
  const complaint = experimentComplaint(input)
  if (complaint !== null) throw new BadOptionError(`${place}: ${complaint.problem}`, { option: complaint.field })
  const { $schema: _, ...given } = input as ExperimentInput
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const experiment = structuredClone({ ...defaultsOf(), ...said }) as unknown as Experiment
  checkModes(experiment, place)
  return experiment
}

/** The JSON Schema of `lab.json` (draft 2020-12). */
export function experimentJsonSchema(): object {
  const properties = Object.entries(experimentFields).map(([field, { shape, description, fallback }]) => [
    field,
    { ...shape.jsonSchema, description, ...(fallback === undefined ? {} : { default: fallback }) },
  ])
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'An experiment of the Holdfast lab',
    type: 'object',
    properties: Object.fromEntries(properties),
    required: ['algorithms'],
    additionalProperties: false,
  }
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
