// Operations that are no objects: exec, attach, portforward and proxy, which take any method their stream does, and log.
// Source: registry/core/pod/rest/{subresources,log}.go, registry/core/{node,service}/rest (ConnectMethods, NewConnectOptions).

import { queryParameters } from '../schema/generated/query-parameters.ts'
import type { Resource } from '../resources/resource.ts'
import { operationId, tagOf } from './operation-id.ts'
import {
  ANYTHING,
  collectionPath,
  groupVersionKind,
  nameOf,
  NAMESPACE,
  OBJECTS,
  type Method,
  type Operation,
  type Parameter,
} from './operation.ts'

interface Connection {
  readonly name: string
  readonly options: string
  readonly parameters: readonly Parameter[]
  readonly methods: readonly Method[]
  /** What follows in the path is passed on. */
  readonly withPath?: true
}

const STREAM_METHODS: readonly Method[] = ['get', 'post']
const ALL_METHODS: readonly Method[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']

function proxy(options: string, parameters: readonly Parameter[]): Connection {
  return { name: 'proxy', options, parameters, methods: ALL_METHODS, withPath: true }
}

const { attach, exec, portforward, podProxy, serviceProxy, nodeProxy } = queryParameters
const CONNECTIONS: ReadonlyMap<string, readonly Connection[]> = new Map([
  [
    'pods',
    [
      { name: 'attach', options: 'PodAttachOptions', parameters: attach, methods: STREAM_METHODS },
      { name: 'exec', options: 'PodExecOptions', parameters: exec, methods: STREAM_METHODS },
      { name: 'portforward', options: 'PodPortForwardOptions', parameters: portforward, methods: STREAM_METHODS },
      proxy('PodProxyOptions', podProxy),
    ],
  ],
  ['services', [proxy('ServiceProxyOptions', serviceProxy)]],
  ['nodes', [proxy('NodeProxyOptions', nodeProxy)]],
])

const REST_OF_PATH: Parameter = { name: 'path', in: 'path', type: 'string', description: 'path to the resource' }

function capitalized(text: string): string {
  return text.replace(/^./, (letter) => letter.toUpperCase())
}

export function connectOperations(resource: Resource): readonly Operation[] {
  const { type } = resource
  if (type.group !== '') return []
  const scope = type.namespaced ? 'Namespaced' : ''
  return (CONNECTIONS.get(type.resource) ?? []).flatMap(({ name, options, parameters, methods, withPath }) =>
    methods.flatMap((method) => {
      const operation: Operation = {
        path: `${collectionPath(resource)}/{name}/${name}`,
        method,
        tag: tagOf(type),
        id: operationId('connect', type, `${capitalized(method)}${scope}${type.kind}${capitalized(name)}`),
        description: `connect ${method.toUpperCase()} requests to ${name} of ${type.kind}`,
        action: 'connect',
        kind: { ...groupVersionKind(resource), kind: options },
        parameters: [...parameters, nameOf(options), ...(type.namespaced ? [NAMESPACE] : [])],
        consumes: ANYTHING,
        produces: ANYTHING,
        codes: [200],
      }
      if (withPath === undefined) return [operation]
      const further = {
        ...operation,
        path: `${operation.path}/{path}`,
        id: `${operation.id}WithPath`,
        parameters: [...operation.parameters, REST_OF_PATH],
      }
      return [operation, further]
    }),
  )
}

export function logOperations(resource: Resource): readonly Operation[] {
  const { type } = resource
  if (type.group !== '' || type.resource !== 'pods') return []
  return [
    {
      path: `${collectionPath(resource)}/{name}/log`,
      method: 'get',
      tag: tagOf(type),
      id: operationId('read', type, 'NamespacedPodLog'),
      description: 'read log of the specified Pod',
      action: 'get',
      kind: groupVersionKind(resource),
      parameters: [...queryParameters.read, ...queryParameters.log, nameOf('Pod'), NAMESPACE],
      consumes: ANYTHING,
      produces: ['text/plain', ...OBJECTS],
      codes: [200],
    },
  ]
}
