// The kinds of checks, as data: look at objects, send a request, resolve a name, run a command, look at a Service's endpoints.
// Labs add their texts to them, scenarios use them as they are. In texts, `${svc/default/kubia .spec.clusterIP}` stands for what an
// object has at a JSONPath, and `${NAME}` for a value the document defines.

import { z } from 'zod'
import { amount, nonEmpty, pattern, textExpectation } from './expectation-schema.ts'

/** `external`, `node/NAME`, `NAMESPACE/POD`, or `NAMESPACE/key=value` for the first ready pod with these labels. */
export const place = nonEmpty

const labelSelector = z.string('write labels like app=web,tier=db').min(1, 'this text is empty')

const field = z
  .strictObject({
    /** kubectl's JSONPath: `.spec.ports[0].nodePort` */
    path: nonEmpty,
    is: z.union([z.string(), z.number(), z.boolean()]).optional(),
    oneOf: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .min(1)
      .optional(),
    matches: pattern.optional(),
    /** How many values the path finds. */
    count: amount.optional(),
    absent: z.literal(true).optional(),
  })
  .refine((value) => Object.keys(value).length > 1, 'say what is expected: is, oneOf, matches, count or absent')

const get = {
  /** RESOURCE/NAMESPACE/NAME, or RESOURCE/NAMESPACE for all: `svc/default/kubia`, `pods/default`, `nodes/node-1`. */
  get: nonEmpty,
  labels: labelSelector.optional(),
  fields: z.array(field).optional(),
  /** How many of them there are (that have the fields, where fields are named). */
  count: amount.optional(),
  absent: z.literal(true).optional(),
}

const FAILURES = ['refused', 'timeout', 'reset', 'unreachable', 'name-not-found', 'no-answer'] as const

const fetch = {
  /** `http://…` as curl would ask, or `tcp://HOST:PORT`, `sctp://HOST:PORT` to connect only. */
  fetch: nonEmpty,
  from: place,
  method: nonEmpty.optional(),
  headers: z.record(z.string(), z.string()).optional(),
  times: z.int().min(1).max(1000).optional(),
  timeoutMs: z.int().min(1).max(60_000).optional(),
  status: z.int().min(100).max(599).optional(),
  body: textExpectation.optional(),
  /** It should fail, and like this. */
  fails: z.enum(FAILURES, `write one of ${FAILURES.join(', ')}`).optional(),
  /** Who may answer: NAMESPACE/key=value. */
  answeredBy: nonEmpty.optional(),
  /** How many different pods answer. */
  pods: amount.optional(),
  /** The client's address as the receiver saw it. */
  source: nonEmpty.optional(),
}

const resolve = {
  /** A name, as a program at that place would look it up. */
  resolve: nonEmpty,
  from: place,
  /** Exactly these, in any order. */
  addresses: z.array(nonEmpty).optional(),
  count: amount.optional(),
  fails: z.literal(true).optional(),
}

const run = {
  /** A shell line. */
  run: nonEmpty,
  from: place,
  exit: z.int().min(0).max(255).optional(),
  output: textExpectation.optional(),
  errors: textExpectation.optional(),
}

const endpoints = {
  /** NAMESPACE/SERVICE */
  endpoints: z.string().regex(/^[^/]+\/[^/]+$/, 'write NAMESPACE/SERVICE'),
  ready: amount.optional(),
  /** Exactly the ready pods with these labels, of the same namespace. */
  labels: labelSelector.optional(),
  /** Exactly these, in any order: `10.244.1.5:8080`. */
  addresses: z.array(nonEmpty).optional(),
}

/** The fields of each kind; the first one names the kind. */
export const CHECK_FIELDS = { get, fetch, resolve, run, endpoints } as const

/** Something to be found out and then used in checks as `${NAME}`. */
export const capturedValue = z.strictObject({ run: nonEmpty, from: place, capture: pattern })
export type CapturedValue = z.infer<typeof capturedValue>

export type GetCheck = z.infer<z.ZodObject<typeof get>>
export type FieldExpectation = z.infer<typeof field>
export type FetchCheck = z.infer<z.ZodObject<typeof fetch>>
export type ResolveCheck = z.infer<z.ZodObject<typeof resolve>>
export type RunCheck = z.infer<z.ZodObject<typeof run>>
export type EndpointsCheck = z.infer<z.ZodObject<typeof endpoints>>
export type Check = GetCheck | FetchCheck | ResolveCheck | RunCheck | EndpointsCheck
