// Test support: an API server asked through its request handler; refusals come back as the Status a client would get.

import { Engine, VirtualTimeDriver } from '@podwire/engine'
import type { ApiRequest, ApiResponse, RequestVerb, ResourceRequest } from '../http/request-handler.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { namespaces } from '../resources/served-types.ts'
import { createApiServer, type ApiServer } from '../server.ts'
import { StatusError, type Status } from '../status/status-error.ts'

export interface Asked {
  /** `/watch/…`: the query does not say that it is one. */
  readonly byPath?: boolean
  readonly name?: string
  readonly namespace?: string
  readonly subresource?: string
  readonly query?: string
  readonly contentType?: string
  /** Objects are sent as JSON. */
  readonly body?: unknown
}

export interface Heard {
  readonly type: string
  readonly name: string | undefined
  readonly revision: string | undefined
  readonly object: KubeObject
}

export class HandlerServer {
  readonly engine = new Engine({ seed: 1 })
  readonly driver = new VirtualTimeDriver(this.engine)
  readonly server: ApiServer = createApiServer({ engine: this.engine })
  readonly warnings: string[] = []

  constructor() {
    this.server.client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
  }

  ask(verb: RequestVerb, type: ResourceType, asked: Asked = {}): ApiResponse {
    const { contentType = 'application/json', body } = asked
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const request: ApiRequest = {
      ...this.#request(type, asked),
      verb,
      ...(body === undefined ? {} : { body: { contentType, bytes: Buffer.from(text) } }),
    }
    try {
      return this.server.requestHandler.handle(request)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      return { type: 'status', code: error.status.code ?? 0, status: error.status }
    }
  }

  /** The object that is answered. */
  object(verb: RequestVerb, type: ResourceType, asked: Asked = {}): KubeObject {
    const answer = this.ask(verb, type, asked)
    if (answer.type !== 'object') throw new TypeError(`an object, not ${JSON.stringify(answer)}`)
    return answer.object as KubeObject
  }

  /** The Status that is answered. */
  status(verb: RequestVerb, type: ResourceType, asked: Asked = {}): Status {
    const answer = this.ask(verb, type, asked)
    if (answer.type !== 'status') throw new TypeError(`a Status, not ${JSON.stringify(answer)}`)
    return answer.status
  }

  list(type: ResourceType, asked: Asked = {}): Extract<ApiResponse, { type: 'list' }> {
    const answer = this.ask('list', type, asked)
    if (answer.type !== 'list') throw new TypeError(`a list, not ${JSON.stringify(answer)}`)
    return answer
  }

  /** What a watch hears, from now on; refusals are told as an event of type ERROR. */
  watch(type: ResourceType, asked: Asked = {}): Heard[] {
    const heard: Heard[] = []
    const query = asked.byPath === true ? asked.query : `watch=true&${asked.query ?? ''}`
    this.server.requestHandler.watch(this.#request(type, { ...asked, ...(query === undefined ? {} : { query }) }), {
      event: (kind, object) => {
        const { metadata } = object as KubeObject
        heard.push({
          type: kind,
          name: metadata.name,
          revision: metadata.resourceVersion,
          object: object as KubeObject,
        })
      },
      error: (status) => {
        heard.push({
          type: 'ERROR',
          name: status.message,
          revision: undefined,
          object: status as unknown as KubeObject,
        })
      },
    })
    return heard
  }

  #request(type: ResourceType, { name, namespace = 'default', subresource, query = '' }: Asked): ResourceRequest {
    const inNamespace = type.namespaced && namespace !== ''
    return {
      resource: this.server.registry.byType(type),
      ...(inNamespace ? { namespace } : {}),
      ...(name === undefined ? {} : { name }),
      ...(subresource === undefined ? {} : { subresource }),
      query: new URLSearchParams(query),
      user: { name: 'test', groups: ['system:masters'] },
      userAgent: 'tester/1.0 (linux)',
      warn: (warning) => this.warnings.push(warning),
    }
  }
}
