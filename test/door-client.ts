// Speaks HTTP to `podwire up` as any client may: JSON in and out, and watches whose events can be waited for.

import { readFileSync } from 'node:fs'
import { Agent, request, type RequestOptions } from 'node:https'
import { parse } from 'yaml'

/** A Kubernetes object, list or Status as it came over the wire. */
export interface Wire {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: WireMeta
  readonly items?: readonly Wire[]
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: unknown
  readonly reason?: string
  readonly message?: string
  readonly code?: number
  readonly details?: { readonly causes?: readonly object[] }
  readonly [field: string]: unknown
}

export interface WireMeta {
  readonly name?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly continue?: string
  readonly remainingItemCount?: number
  readonly deletionTimestamp?: string
  readonly generateName?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly object[]
}

export interface WireAnswer {
  readonly code: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
  /** Empty when the text is no JSON object. */
  readonly body: Wire
}

export interface WireEvent {
  readonly type: string
  readonly object: Wire
}

type Body = string | Buffer | object | undefined

export const MERGE_PATCH = { 'content-type': 'application/merge-patch+json' }
export const STRATEGIC_PATCH = { 'content-type': 'application/strategic-merge-patch+json' }
export const JSON_PATCH = { 'content-type': 'application/json-patch+json' }

export class DoorClient {
  readonly url: URL
  readonly ca: string
  readonly token: string
  readonly #agent: Agent

  constructor(kubeconfig: string) {
    const config = parse(readFileSync(kubeconfig, 'utf8')) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
      users: { user: { token: string } }[]
    }
    const cluster = config.clusters[0]?.cluster
    this.url = new URL(cluster?.server ?? '')
    this.ca = Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64').toString()
    this.token = config.users[0]?.user.token ?? ''
    this.#agent = new Agent({ keepAlive: true, ca: this.ca })
  }

  close(): void {
    this.#agent.destroy()
  }

  send(method: string, path: string, body?: Body, headers: RequestOptions['headers'] = {}): Promise<WireAnswer> {
    const bytes = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.url), this.#options(method, bytes, headers), (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('error', reject)
        response.on('end', () => {
          const json = text.startsWith('{') ? (JSON.parse(text) as Wire) : {}
          resolve({ code: response.statusCode ?? 0, headers: response.headers, text, body: json })
        })
      })
      sent.on('error', reject)
      sent.end(bytes)
    })
  }

  /** Like send, and fails unless the code is 200 or 201. */
  async ok(method: string, path: string, body?: Body, headers: RequestOptions['headers'] = {}): Promise<Wire> {
    const answer = await this.send(method, path, body, headers)
    if (answer.code >= 300) throw new Error(`${method} ${path} answered ${answer.code}: ${answer.text.slice(0, 500)}`)
    return answer.body
  }

  get(path: string): Promise<Wire> {
    return this.ok('GET', path)
  }

  create(path: string, body: object): Promise<Wire> {
    return this.ok('POST', path, body)
  }

  /** Opens a watch; resolves when its headers are there. */
  watch(path: string): Promise<WireWatch> {
    return new Promise((resolve, reject) => {
      const target = new URL(path, this.url)
      target.searchParams.set('watch', 'true')
      const sent = request(
        target,
        { ...this.#options('GET', undefined, {}), agent: false, ca: this.ca },
        (response) => {
          const watch = new WireWatch(() => sent.destroy())
          response.setEncoding('utf8').on('data', (chunk: string) => watch.read(chunk))
          response.on('end', () => watch.ended())
          response.on('error', () => watch.ended())
          resolve(watch)
        },
      )
      sent.on('error', reject)
      sent.end()
    })
  }

  #options(method: string, body: string | Buffer | undefined, headers: RequestOptions['headers']): RequestOptions {
    const type =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    return {
      method,
      agent: this.#agent,
      headers: { authorization: `Bearer ${this.token}`, accept: 'application/json', ...type, ...headers },
    }
  }
}

/** An open watch: what came so far, and a way to wait for more. */
export class WireWatch {
  readonly events: WireEvent[] = []
  readonly #close: () => void
  #rest = ''
  #over = false
  #waiting: (() => void)[] = []

  constructor(close: () => void) {
    this.#close = close
  }

  read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') this.events.push(JSON.parse(line) as WireEvent)
    this.#wake()
  }

  ended(): void {
    this.#over = true
    this.#wake()
  }

  get over(): boolean {
    return this.#over
  }

  /** Waits until `holds` of the events so far. */
  async until(what: string, holds: (events: readonly WireEvent[]) => boolean, limitMs = 10_000): Promise<void> {
    const end = Date.now() + limitMs
    while (!holds(this.events)) {
      const leftMs = end - Date.now()
      if (this.#over || leftMs <= 0) throw new Error(`waited in vain for ${what}; saw ${this.summary().join(', ')}`)
      await this.#next(leftMs)
    }
  }

  async count(count: number): Promise<readonly WireEvent[]> {
    await this.until(`${count} events`, (events) => events.length >= count)
    return this.events
  }

  async end(): Promise<void> {
    while (!this.#over) await this.#next(10_000)
  }

  /** e.g. `ADDED web` */
  summary(): string[] {
    return this.events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.reason ?? ''}`.trim())
  }

  stop(): void {
    this.#close()
  }

  #next(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go()
  }
}

/** Polls until `find` gives something. */
export async function eventually<T>(what: string, find: () => Promise<T | undefined>, limitMs = 15_000): Promise<T> {
  const end = Date.now() + limitMs
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
