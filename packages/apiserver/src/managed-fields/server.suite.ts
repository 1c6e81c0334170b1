// Test support: an API server asked through its request handler, as the HTTP door asks it.

import { Engine, SECOND, VirtualTimeDriver, type Microseconds } from '@podwire/engine'
import type { ApiRequest, RequestVerb } from '../http/request-handler.ts'
import type { KubeObject, ManagedFieldsEntry } from '../objects/kube-object.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { namespaces } from '../resources/served-types.ts'
import { createApiServer, type ApiServer } from '../server.ts'
import { StatusError, type Status } from '../status/status-error.ts'

export interface Call {
  readonly verb: RequestVerb
  readonly type: ResourceType
  readonly name?: string
  readonly subresource?: string
  readonly contentType?: string
  readonly body?: unknown
  readonly query?: string
}

export class TestServer {
  readonly #engine = new Engine({ seed: 1 })
  readonly #driver = new VirtualTimeDriver(this.#engine)
  readonly clock = this.#engine.clock
  readonly server: ApiServer
  readonly warnings: string[] = []

  /** @param minor of the Kubernetes release it looks like */
  constructor(minor = 36) {
    this.server = createApiServer({ engine: this.#engine, kubernetesVersion: { major: 1, minor } })
    this.server.client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
  }

  /** One second of virtual time. */
  tick(): Promise<void> {
    return this.#driver.advance(SECOND)
  }

  advance(us: Microseconds): Promise<void> {
    return this.#driver.advance(us)
  }

  call({ verb, type, name, subresource, contentType = 'application/json', body, query = '' }: Call): KubeObject {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const request: ApiRequest = {
      verb,
      resource: this.server.registry.byType(type),
      namespace: 'default',
      ...(name === undefined ? {} : { name }),
      ...(subresource === undefined ? {} : { subresource }),
      query: new URLSearchParams(query),
      user: { name: 'test', groups: ['system:masters'] },
      userAgent: 'tester/1.0 (linux)',
      warn: (warning) => this.warnings.push(warning),
      ...(body === undefined ? {} : { body: { contentType, bytes: Buffer.from(text) } }),
    }
    const answer = this.server.requestHandler.handle(request)
    if (answer.type !== 'object') throw new StatusError(500, '', `an object, not ${answer.type}`)
    return answer.object as KubeObject
  }

  apply(
    type: ResourceType,
    config: Readonly<Record<string, unknown>>,
    query: string,
    subresource?: string,
  ): KubeObject {
    const { name } = config['metadata'] as { readonly name: string }
    const contentType = 'application/apply-patch+yaml'
    return this.call({
      verb: 'patch',
      type,
      name,
      contentType,
      body: config,
      query,
      ...(subresource === undefined ? {} : { subresource }),
    })
  }

  merge(type: ResourceType, name: string, patch: unknown, query = '', subresource?: string): KubeObject {
    const contentType = 'application/merge-patch+json'
    return this.call({
      verb: 'patch',
      type,
      name,
      contentType,
      body: patch,
      query,
      ...(subresource === undefined ? {} : { subresource }),
    })
  }
}

/** The Status a refused call answers with. */
export function refusal(call: () => unknown): Status {
  try {
    call()
  } catch (error) {
    if (error instanceof StatusError) return error.status
    throw error
  }
  throw new StatusError(500, '', 'the call was not refused')
}

/** `manager operation[/subresource]` → fieldsV1. */
export function owners({ metadata }: KubeObject): Readonly<Record<string, unknown>> {
  const entries = (metadata.managedFields ?? []).map(
    ({ manager = '', operation = '', subresource, fieldsV1 }: ManagedFieldsEntry) => [
      `${manager} ${operation}${subresource === undefined ? '' : `/${subresource}`}`,
      fieldsV1,
    ],
  )
  return Object.fromEntries(entries) as Readonly<Record<string, unknown>>
}
