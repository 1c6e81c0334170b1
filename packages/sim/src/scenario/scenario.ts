// A scenario as data: a cluster and the steps it goes through, in YAML. Time is virtual and moves only where a step moves it.

import { z } from 'zod'
import { capturedValue, checkKinds, place } from '../check/check-schema.ts'
import { amount, nonEmpty, textExpectation } from '../check/expectation-schema.ts'
import { clusterSchema } from '../document/cluster-schema.ts'
import { oneOfKinds } from '../document/one-of-kinds.ts'
import { isDuration } from './duration-words.ts'

const DURATION = 'write a duration like 30s, 1m30s or 250ms'

export const duration = z.string(DURATION).refine(isDuration, DURATION)

const SETTLE = 'write true, or the most virtual time it may take, like 10m'

/** A path (from the scenario's folder), YAML text, an object or a list of objects. */
const manifests = z.union(
  [nonEmpty, z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown())).min(1)],
  'write a path, manifests as text, an object or a list of objects',
)

const titled = { title: nonEmpty.optional() }

const check = oneOfKinds('an expectation', checkKinds({}))

const apply = z.strictObject({
  ...titled,
  apply: manifests,
  /** The API server refuses it, in words that contain this. */
  refused: nonEmpty.optional(),
})

const remove = z.strictObject({ ...titled, delete: manifests })

const exec = z.strictObject({
  ...titled,
  /** A shell line. */
  exec: nonEmpty,
  on: place,
  /** Default 0. */
  exit: z.int().min(0).max(255).optional(),
  output: textExpectation.optional(),
  errors: textExpectation.optional(),
})

const expectation = z.strictObject({
  ...titled,
  expect: check,
  /** Time moves on, at most so far, until it holds; default: it has to hold now. */
  within: duration.optional(),
})

const advance = z.strictObject({ ...titled, advance: duration })

const settle = z.strictObject({
  ...titled,
  settle: z.union([z.literal(true), z.string().refine(isDuration, SETTLE)], SETTLE),
})

const load = z.strictObject({
  ...titled,
  /** Asked again and again while time moves, until `endLoad`. */
  load: nonEmpty,
  from: place,
  /** From one request to the next. One of everyMs, rate, ramp and clients; default every 10 ms. */
  everyMs: z.number().min(0.1).max(60_000).optional(),
  /** Requests a second. */
  rate: z.number().positive('write a number above 0').max(100_000).optional(),
  ramp: z.strictObject({ from: z.number().nonnegative(), to: z.number().nonnegative(), over: duration }).optional(),
  /** So many, each of whom waits for its answer before the next request. */
  clients: z.int().min(1).max(10_000).optional(),
  /** How long each of the clients waits after an answer. */
  thinkMs: z.number().nonnegative().max(600_000).optional(),
  timeoutMs: z.int().min(1).max(60_000).optional(),
  /** Its name for `endLoad`; default `load`. */
  as: nonEmpty.optional(),
})

const endLoad = z.strictObject({
  ...titled,
  endLoad: nonEmpty,
  /** How many requests may have been lost; default not looked at. */
  lost: amount.optional(),
})

/** What `endFault` calls all of them. */
const ALL = 'all'

const fault = z.strictObject({
  ...titled,
  /** As `podwire fault --help` lists them: `nodeCrash node-2`, `partition node-1 node-2,external`. */
  fault: nonEmpty,
  /** It ends by itself after so long; default: with `endFault`, or with the scenario. */
  for: duration.optional(),
  /** Its name for `endFault`; default its kind. */
  as: nonEmpty.refine((name) => name !== ALL, 'endFault: all ends every fault: choose another name').optional(),
  oneWay: z.boolean().optional(),
  jitter: duration.optional(),
  container: nonEmpty.optional(),
  exitCode: z.int().min(0).max(255).optional(),
  signal: nonEmpty.optional(),
  always: z.boolean().optional(),
})

/** Repairs a fault by its name, or `all`. */
const endFault = z.strictObject({ ...titled, endFault: nonEmpty })

const STEPS = {
  apply,
  delete: remove,
  exec,
  expect: expectation,
  advance,
  settle,
  load,
  endLoad,
  fault,
  endFault,
} as const

export const scenarioSchema = z.strictObject({
  scenario: z.string('write what it shows, in a few words').trim().min(1, 'this text is empty'),
  cluster: clusterSchema.optional(),
  values: z.record(z.string(), capturedValue).optional(),
  steps: z.array(oneOfKinds('a step', STEPS)).min(1, 'a scenario has at least one step'),
})

export type Scenario = z.infer<typeof scenarioSchema>
export type Step = z.infer<(typeof STEPS)[keyof typeof STEPS]>
export type Manifests = z.infer<typeof manifests>
