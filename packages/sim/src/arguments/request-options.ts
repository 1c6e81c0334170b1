// Shapes of what is asked of a machine: requests, loads, commands, an nginx in front of the cluster.

import type { ReachExpectation } from '../assert/requests.ts'
import type { TlsInit } from '../http/fetch.ts'
import type { RunOptions } from '../sdk/command-runner.ts'
import type { LoadOptions } from '../sdk/load.ts'
import type { LoadPatternOptions } from '../sdk/load-pattern.ts'
import type { StartLoadOptions } from '../sdk/load-run.ts'
import type { CurlOptions, FetchInit } from '../sdk/machine.ts'
import type { OuterNginxOptions } from '../sdk/outer-nginx.ts'
import { options } from './options.ts'
import {
  atLeast0,
  bytes,
  duration,
  either,
  flag,
  having,
  listOf,
  name,
  oneOf,
  positive,
  recordOf,
  text,
  textOrPattern,
  value,
  wholeNumber,
} from './shape.ts'

export const url = value("a URL, such as 'http://web/'", (given) => typeof given === 'string' && given !== '')

/** Who sends: of the plain functions and the matchers. */
export const REQUEST_PLACE = having('a pod, a node or cluster.external', 'title', 'fetch', 'lookup')

const pair = value('a name and a value', (given) => Array.isArray(given) && given.length === 2)
const headers = either(
  listOf(pair, 'a list of names and values'),
  recordOf(text, "an object of texts, such as { accept: 'text/html' }"),
)

const FETCH = {
  method: name,
  headers,
  body: bytes,
  timeoutMs: positive,
  tls: options<TlsInit>({
    ca: text,
    insecure: flag,
    serverName: name,
    client: having('a certificate with its key', 'certificate', 'key'),
  }),
}

export const FETCH_INIT = options<FetchInit>(FETCH)
export const CURL_OPTIONS = options<CurlOptions>({ ...FETCH, times: wholeNumber(1) })
export const LOAD_OPTIONS = options<LoadOptions>({ times: wholeNumber(0) }, 'times')
export const TRACE_OPTIONS = options<{ timeoutMs: number }>({ timeoutMs: positive })
export const RUN_OPTIONS = options<RunOptions>({ stdin: text })
export const NGINX_OPTIONS = options<OuterNginxOptions>({ file: name })

type Ramp = NonNullable<LoadPatternOptions['ramp']>

export const START_LOAD_OPTIONS = options<StartLoadOptions>({
  everyMs: positive,
  rate: positive,
  ramp: options<Ramp>({ from: atLeast0, to: atLeast0, over: duration }, 'from', 'to', 'over'),
  clients: wholeNumber(1),
  thinkMs: atLeast0,
  timeoutMs: positive,
  for: duration,
  requests: wholeNumber(1),
  lookup: oneOf('once', 'each'),
  method: name,
  headers: recordOf(text),
  body: text,
})

export const REACH_EXPECTATION = options<ReachExpectation>({
  status: wholeNumber(100, 599),
  pod: either(name, listOf(name)),
  body: textOrPattern,
  timeoutMs: positive,
})
