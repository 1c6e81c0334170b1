// Checks that send something: does a place reach a URL, is it refused there, what does a name resolve to.

import { PodwireError } from '@podwire/engine'
import { REACHES, REFUSED, RESOLVES } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import { explainQueries } from '../fabric/explain.ts'
import { ResolveError } from '../http/fetch.ts'
import type { Reply, RequestFlow } from '../sdk/reply.ts'
import type { LookupResult } from '../images/image.ts'
import type { Verdict } from './verdict.ts'

/** A pod, a node, the outside host: what requests can be sent from. */
export interface RequestPlace {
  readonly title: string
  fetch(url: string, init?: { readonly timeoutMs?: number }): Promise<Reply>
  lookup(name: string): Promise<LookupResult>
}

export interface ReachExpectation {
  /** Default: below 400. */
  readonly status?: number
  /** The name of the pod that answers, or one of several. */
  readonly pod?: string | readonly string[]
  /** What the body contains, or what it matches. */
  readonly body?: string | RegExp
  /** Milliseconds of virtual time; default 5000. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 5000

interface Failure {
  readonly code: string
  readonly message: string
  readonly details: string
}

export async function reaches(from: RequestPlace, url: string, expected: ReachExpectation = {}): Promise<Verdict> {
  checkArguments('look whether a URL is reached', REACHES, [from, url, expected])
  const outcome = await ask(from, url, expected.timeoutMs)
  if ('message' in outcome) {
    return { pass: false, summary: `${from.title} does not reach ${url}: ${outcome.message}`, details: outcome.details }
  }
  const got = `${outcome.status} from ${answererOf(outcome)}`
  const problem = mismatch(outcome, expected)
  const details = outcome.flow.explain()
  return problem === undefined
    ? { pass: true, summary: `${from.title} reaches ${url}: ${got}`, details }
    : { pass: false, summary: `${from.title} reaches ${url}, but ${problem}: it got ${got}`, details }
}

export async function isRefused(from: RequestPlace, url: string): Promise<Verdict> {
  checkArguments('look whether a URL is refused', REFUSED, [from, url])
  const outcome = await ask(from, url, undefined)
  if (!('message' in outcome)) {
    const got = `${outcome.status} from ${answererOf(outcome)}`
    return {
      pass: false,
      summary: `${from.title} is not refused at ${url}: it got ${got}`,
      details: outcome.flow.explain(),
    }
  }
  const pass = outcome.code === 'ECONNREFUSED'
  return {
    pass,
    summary: `${from.title} is ${pass ? '' : 'not '}refused at ${url}: ${outcome.message}`,
    details: outcome.details,
  }
}

/** @param expected the address, or all addresses in any order; default: that it resolves at all */
export async function resolvesTo(
  from: RequestPlace,
  name: string,
  expected?: string | readonly string[],
): Promise<Verdict> {
  checkArguments('look whether a name resolves', RESOLVES, [from, name, expected])
  const found = await from.lookup(name)
  const details = explainQueries(found.queries)
  if ('error' in found) {
    const why = found.error === 'not-found' ? 'there is no such name' : 'its resolver got no answer'
    return { pass: false, summary: `${name} does not resolve in ${from.title}: ${why}`, details }
  }
  const summary = `${name} resolves to ${found.addresses.join(', ')} in ${from.title}`
  if (expected === undefined) return { pass: true, summary, details }
  const wanted = typeof expected === 'string' ? [expected] : expected
  const pass = sorted(wanted) === sorted(found.addresses)
  return { pass, summary: pass ? summary : `${summary}, not to ${wanted.join(', ')}`, details }
}

async function ask(from: RequestPlace, url: string, timeoutMs = TIMEOUT_MS): Promise<Reply | Failure> {
  try {
    return await from.fetch(url, { timeoutMs })
  } catch (error) {
    // A RequestError has a code; anything else is a mistake of the caller or of ours.
    if (!(error instanceof PodwireError) || !('code' in error)) throw error
    const { code, cause } = error
    const flow = 'flow' in error ? (error.flow as RequestFlow | undefined) : undefined
    const why = flow === undefined || flow.why === '' ? error.reason : `${error.reason} (${flow.why})`
    const details = flow?.explain() ?? (cause instanceof ResolveError ? explainQueries(cause.queries) : '')
    return { code: String(code), message: why, details }
  }
}

function mismatch(reply: Reply, { status, pod, body }: ReachExpectation): string | undefined {
  if (status === undefined ? reply.status >= 400 : reply.status !== status) return `not with ${status ?? 'success'}`
  const pods = typeof pod === 'string' ? [pod] : pod
  if (pods !== undefined && !pods.includes(reply.pod ?? '')) return `not ${pods.join(' or ')}`
  if (body === undefined) return undefined
  const text = reply.text()
  const found = typeof body === 'string' ? text.includes(body) : text.search(body) >= 0
  if (found) return undefined
  return `without ${typeof body === 'string' ? JSON.stringify(body) : String(body)} in the body (${beginning(text)})`
}

const SHOWN_LENGTH = 200

/** Enough of a body to see what it is. */
function beginning(text: string): string {
  if (text === '') return 'it is empty'
  return text.length > SHOWN_LENGTH ? `${JSON.stringify(text.slice(0, SHOWN_LENGTH))} …` : JSON.stringify(text)
}

function answererOf({ flow }: Reply): string {
  return flow.endpoint ?? flow.receiver ?? 'somebody'
}

const sorted = (texts: readonly string[]): string => [...texts].sort((a, b) => (a < b ? -1 : 1)).join(' ')
