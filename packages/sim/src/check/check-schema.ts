// The kinds of checks, as data: look at objects, send a request, resolve a name, run a command, look at a Service's endpoints.
// Labs add their texts to them, scenarios use them as they are. In texts, `${svc/default/kubia .spec.clusterIP}` stands for what an
// object has at a JSONPath, and `${NAME}` for a value the document defines.

import { JsonPathError, parseJsonPath } from '@podwire/apiserver'
import { z } from 'zod'
import { amount, nonEmpty, pattern, textExpectation } from './expectation-schema.ts'

/** `external`, `node/NAME`, `NAMESPACE/POD`, or `NAMESPACE/key=value` for the first ready pod with these labels. */
export const place = nonEmpty

const labelSelector = z.string('write labels like app=web,tier=db').min(1, 'this text is empty')

/** kubectl's JSONPath; braces around it may be left out. */
export function isJsonPath(path: string): boolean {
  try {
    return parseJsonPath(/^\{(.*)\}$/.exec(path.trim())?.[1] ?? path) !== undefined
  } catch (error) {
    if (error instanceof JsonPathError) return false
    throw error
  }
}

/** RESOURCE, RESOURCE/NAMESPACE, RESOURCE/NAMESPACE/NAME, whatever placeholders stand for. */
function isReference(text: string): boolean {
  const parts = text.replaceAll(/\$\{[^}]*\}/g, 'x').split('/')
  return parts.length <= 3 && !parts.includes('')
}

type Fields = Readonly<Record<string, unknown>>

/** What says nothing beside a field, and would not be looked at. */
function contradiction(key: string, others: readonly string[], why: string) {
  return (fields: Fields, context: z.core.$RefinementCtx<Fields>): void => {
    if (fields[key] === undefined) return
    const surplus = others.filter((other) => fields[other] !== undefined)
    for (const other of surplus)
      context.addIssue({ code: 'custom', path: [other], message: `${why}: leave out ${other}, or ${key}` })
  }
}

const field = z
  .strictObject({
    /** kubectl's JSONPath: `.spec.ports[0].nodePort` */
    path: nonEmpty.refine(isJsonPath, 'this is no JSONPath: write one like .spec.ports[0].nodePort'),
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
  .superRefine(contradiction('absent', ['is', 'oneOf', 'matches', 'count'], 'what is absent has no value'))

const get = {
  /** RESOURCE/NAMESPACE/NAME, or RESOURCE/NAMESPACE for all: `svc/default/kubia`, `pods/default`, `nodes/node-1`. */
  get: nonEmpty.refine(isReference, 'write RESOURCE/NAMESPACE/NAME, or RESOURCE/NAMESPACE for all of them'),
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
  fails: z.enum(FAILURES).optional(),
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

/**
 * The schema of each kind; the key of that name tells it.
 * @param more fields that each of them has beside its own
 */
export function checkKinds<T extends z.core.$ZodLooseShape>(more: T) {
  return {
    get: z
      .strictObject({ ...get, ...more })
      .superRefine(contradiction('absent', ['fields', 'count'], 'what is absent has none')),
    fetch: z
      .strictObject({ ...fetch, ...more })
      .superRefine(
        contradiction(
          'fails',
          ['status', 'body', 'answeredBy', 'pods', 'source'],
          'a request that fails has no answer',
        ),
      ),
    resolve: z
      .strictObject({ ...resolve, ...more })
      .superRefine(contradiction('fails', ['addresses', 'count'], 'a name that does not resolve has no address')),
    run: z.strictObject({ ...run, ...more }),
    endpoints: z.strictObject({ ...endpoints, ...more }),
  } as const
}

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
