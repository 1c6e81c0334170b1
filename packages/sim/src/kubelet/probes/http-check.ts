// httpGet probes and hooks: a GET of its own connection from the node to the pod. Redirects to the same host are followed, TLS is
// not verified, 200 to 399 is success. Source: kubernetes pkg/probe/http (request.go, http.go) and net/http's Client.

import { isIP } from 'node:net'
import type { Probe } from '@podwire/apiserver'
import type { Microseconds } from '@podwire/engine'
import { SocketError } from '../../fabric/network.ts'
import { requestHttp } from '../../http/client.ts'
import { prepareRequest, type PreparedRequest } from '../../http/prepared-request.ts'
import type { RequestFailure } from '../../http/failure.ts'
import { sendBackendRequest } from '../../http/go-transport.ts'
import { headerValue, type HeaderList } from '../../http/message.ts'
import { TlsError } from '../../tls/index.ts'
import { dialProblem } from '../../http/dial-problem.ts'
import {
  type Check,
  errored,
  failed,
  PASSED,
  type ProbeOutcome,
  type ProbeTarget,
  resolvePort,
} from './probe-outcome.ts'

type HttpGet = NonNullable<Probe['httpGet']>

const MAX_BODY = 10 * 1024
const MAX_REDIRECTS = 10
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const TIMED_OUT = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'

interface Answer {
  readonly status: number
  readonly headers: HeaderList
  readonly body: Uint8Array
}

export interface HttpCheckOptions {
  readonly timeoutUs: Microseconds
  /** What the request says it is, unless its own headers say otherwise: `kube-probe/1.36`. */
  readonly userAgent: string
  /** What an answer's status means. */
  readonly judge: (status: number, body: Uint8Array) => ProbeOutcome
}

export function probeVerdict(status: number, body: Uint8Array): ProbeOutcome {
  if (status < 200 || status >= 400) return failed(`HTTP probe failed with statuscode: ${status}`)
  if (status < 300) return PASSED
  const text = Buffer.from(body.subarray(0, MAX_BODY)).toString('utf8')
  return { kind: 'warned', message: `Probe terminated redirects, Response body: ${text}` }
}

export function httpCheck(get: HttpGet, target: ProbeTarget, options: HttpCheckOptions): Check {
  const port = resolvePort(get.port, target.container)
  if (typeof port !== 'number') return (done) => done(errored(port.error))
  const address = get.host === undefined || get.host === '' ? target.podIP() : get.host
  const host = address.includes(':') ? `[${address}]` : address
  const path = get.path ?? '/'
  const text = `${(get.scheme ?? 'HTTP').toLowerCase()}://${host}:${port}${path.startsWith('/') ? '' : '/'}${path}`
  if (!URL.canParse(text)) return (done) => done(failed(`parse ${JSON.stringify(text)}: invalid URL`))
  const headers = requestHeaders(get, options.userAgent)
  const first = new Question(
    target,
    new URL(text),
    text,
    headers,
    headerValue(headersOf(get), 'host') ?? `${host}:${port}`,
  )
  return (done) => new HttpAttempt(target, options, headers, done).ask(first)
}

function headersOf({ httpHeaders }: HttpGet): HeaderList {
  return (httpHeaders ?? []).map(({ name, value }) => [name, value] as const)
}

function requestHeaders(get: HttpGet, userAgent: string): HeaderList {
  const given = headersOf(get)
  const defaults: HeaderList = [
    ['User-Agent', userAgent],
    ['Accept', '*/*'],
    ['Connection', 'close'],
  ]
  // An empty Accept takes the header away; Host is the request's, not a header's.
  return [...defaults.filter(([name]) => headerValue(given, name) === undefined), ...given].filter(
    ([name, value]) => name.toLowerCase() !== 'host' && !(name.toLowerCase() === 'accept' && value === ''),
  )
}

/** One URL to ask. The request of a probe is made once for all its attempts. */
class Question {
  readonly url: URL
  readonly text: string
  readonly address: string
  readonly port: number
  readonly host: string
  readonly target: string
  readonly prepared: PreparedRequest

  constructor({ podIP }: ProbeTarget, url: URL, text: string, headers: HeaderList, host: string) {
    const name = url.hostname.replace(/^\[(.*)\]$/, '$1')
    this.url = url
    this.text = text
    // The node knows itself by name; other names are not looked up.
    this.address = name === 'localhost' ? '127.0.0.1' : name === '' ? podIP() : name
    this.port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
    this.host = host
    this.target = url.pathname + url.search
    this.prepared = prepareRequest({ address: this.address, port: this.port, host, target: this.target, headers })
  }
}

class HttpAttempt {
  readonly #target: ProbeTarget
  readonly #headers: HeaderList
  readonly #done: (outcome: ProbeOutcome) => void
  readonly #options: HttpCheckOptions
  readonly #deadlineUs: Microseconds
  #redirects = 0

  constructor(
    target: ProbeTarget,
    options: HttpCheckOptions,
    headers: HeaderList,
    done: (outcome: ProbeOutcome) => void,
  ) {
    this.#target = target
    this.#headers = headers
    this.#done = done
    this.#options = options
    this.#deadlineUs = target.engine.clock.now() + options.timeoutUs
  }

  ask(question: Question): void {
    if (isIP(question.address) === 0) {
      this.#fail(question, `dial tcp: lookup ${question.address}: no such host`)
    } else if (question.url.protocol === 'https:') this.#askSecurely(question)
    else this.#askPlainly(question)
  }

  #askPlainly(question: Question): void {
    const timeoutUs = this.#deadlineUs - this.#target.engine.clock.now()
    const { frame, connect } = question.prepared
    try {
      requestHttp(
        this.#target.network,
        { frame, connect, timeoutUs },
        (reply) => this.#judge(question, reply),
        (error) => this.#fail(question, wordsOf(error, question)),
      )
    } catch (error) {
      // The node has no port left to connect from.
      if (!(error instanceof SocketError)) throw error
      this.#fail(question, wordsOf(error, question))
    }
  }

  #askSecurely(question: Question): void {
    const { engine, network } = this.#target
    const { address, port, target, host } = question
    let status = 0
    let headers: HeaderList = []
    const parts: Uint8Array[] = []
    const finish = (then: () => void): void => {
      engine.cancel(timer)
      then()
    }
    const stream = sendBackendRequest(
      network,
      { scheme: 'https', address, port },
      { method: 'GET', target, headers: [['Host', host], ...this.#headers] },
      {
        head: (code, _reason, received) => {
          status = code
          headers = received
        },
        data: (bytes) => void parts.push(bytes),
        end: () => finish(() => this.#judge(question, { status, headers, body: Buffer.concat(parts) })),
        error: (message) => finish(() => this.#fail(question, message)),
      },
    )
    const timer = engine.schedule(this.#deadlineUs - engine.clock.now(), 'https probe timeout', () => {
      stream.destroy()
      this.#fail(question, TIMED_OUT)
    })
  }

  #judge(question: Question, { status, headers, body }: Answer): void {
    const location = REDIRECTS.has(status) ? headerValue(headers, 'location') : undefined
    if (location !== undefined && URL.canParse(location, question.url.href)) {
      const next = new URL(location, question.url.href)
      if (next.hostname === question.url.hostname) return this.#follow(next)
    }
    return this.#done(this.#options.judge(status, body))
  }

  #follow(url: URL): void {
    const question = new Question(this.#target, url, url.href, this.#headers, url.host)
    if (++this.#redirects >= MAX_REDIRECTS) this.#fail(question, `stopped after ${MAX_REDIRECTS} redirects`)
    else this.ask(question)
  }

  #fail({ text }: Question, message: string): void {
    this.#done(failed(`Get "${text}": ${message}`))
  }
}

function wordsOf(error: RequestFailure, { address, port }: Question): string {
  if (error instanceof SocketError)
    return dialProblem(error, address, port) ?? (error.code === 'ETIMEDOUT' ? TIMED_OUT : 'EOF')
  // TLS has a way of its own: #askSecurely.
  if (error instanceof TlsError) return error.message
  if (error.reason !== 'malformed') return error.reason === 'cut-off' ? 'unexpected EOF' : 'EOF'
  return `net/http: HTTP/1.x transport connection broken: malformed HTTP response ${JSON.stringify(error.firstLine)}`
}
