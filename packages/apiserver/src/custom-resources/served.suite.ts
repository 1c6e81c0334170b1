// Test support: an API server behind its HTTP door, with definitions to serve. Every request is answered at one moment of
// virtual time; `tick` moves it by a second.

import { request as httpRequest } from 'node:http'
import { Engine, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { startHttpServer, type HttpServer } from '../http/server.ts'
import { customResourceDefinitions, namespaces } from '../resources/served-types.ts'
import { createApiServer, type ApiServer } from '../server.ts'
import type { Schema } from './schema/walk.ts'

export interface Answer {
  readonly text: string
  readonly code: number
  readonly type: string | undefined
  readonly body: Readonly<Record<string, unknown>>
  /** The texts of `Warning: 299` headers. */
  readonly warnings: readonly string[]
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export class ServedCluster {
  readonly engine = new Engine({ seed: 1 })
  readonly driver = new VirtualTimeDriver(this.engine)
  readonly api: ApiServer = createApiServer({ engine: this.engine })
  /** Bugs that requests ran into. */
  readonly errors: unknown[] = []
  #server: HttpServer | undefined

  async start(): Promise<void> {
    this.api.client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
    this.#server = await startHttpServer({
      engine: this.engine,
      driver: this.driver,
      handler: this.api.requestHandler,
      resources: () => this.api.registry.all(),
      kubernetesVersion: 'v1.36.2',
      token: 'secret',
      onError: (error) => this.errors.push(error),
    })
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: this.#server?.host ?? '', port: this.#server?.port ?? 0 }
  }

  close(): Promise<void> | undefined {
    return this.#server?.close()
  }

  /** One second of virtual time; what is due runs. */
  tick(): Promise<void> {
    return this.driver.advance(SECOND)
  }

  /** Creates a definition and waits until it is served. */
  async define(definition: Readonly<Record<string, unknown>>): Promise<void> {
    this.api.apply(definition)
    await this.tick()
  }

  async redefine(name: string, patch: unknown): Promise<void> {
    this.api.client.patch(customResourceDefinitions, { name }, 'merge', patch)
    await this.tick()
  }

  ask(method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Answer> {
    const { host, port } = this.address
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const length = Buffer.byteLength(sent ?? '')
    const type = sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': length }
    const all = { authorization: 'Bearer secret', 'user-agent': 'tester/1', ...type, ...headers }
    return new Promise((resolve, reject) => {
      httpRequest({ host, port, path, method, headers: all, agent: false })
        .on('error', reject)
        .on('response', (response) => {
          void response.toArray().then((parts) => {
            const text = Buffer.concat(parts as Uint8Array[]).toString()
            resolve({
              code: response.statusCode ?? 0,
              type: response.headers['content-type'],
              text,
              body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Answer['body'],
              warnings: readWarnings(response.headers.warning),
            })
          }, reject)
        })
        .end(sent)
    })
  }

  post(body: unknown, query = ''): Promise<Answer> {
    return this.ask('POST', `${WIDGETS}${query}`, { body })
  }

  patch(name: string, body: unknown, kind = 'merge-patch+json'): Promise<Answer> {
    return this.ask('PATCH', `${WIDGETS}/${name}`, { body, headers: { 'content-type': `application/${kind}` } })
  }
}

export const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets'

function readWarnings(header: string | string[] | undefined): readonly string[] {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '')
  return [...text.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, warning = '']) => warning.replace(/\\(.)/g, '$1'))
}

/** The definition of widgets.example.com with one version, v1. */
export function widgets(
  schema: Schema,
  version: Readonly<Record<string, unknown>> = {},
  spec: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }],
      ...spec,
    },
  }
}

/** A schema whose spec has these properties. */
export function withSpec(properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  return { type: 'object', properties: { spec: { type: 'object', properties, ...more } } }
}

export function widget(name: string, spec: unknown, more: object = {}): object {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec, ...more }
}

export function messageOf({ body }: Answer): unknown {
  return body['message']
}
