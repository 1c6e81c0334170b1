// Which pod and container a stream is for, and the refusals of the API server before a kubelet is asked.
// Source: pkg/registry/core/pod/strategy.go (streamLocation, validateContainer, podutil.VisitContainers), pkg/kubelet/client.

import type { Node, Pod } from '../objects/index.ts'
import type { RequestHandler, ResourceRequest } from '../http/request-handler.ts'
import type { ServedResources } from '../http/served-resources.ts'
import { kubeletOf } from '../proxy/location.ts'
import { badRequest, internalError, notFound } from '../status/errors.ts'
import { isNotFound } from '../status/status-error.ts'
import type { NodeConnection } from './node-connection.ts'

export interface StreamContext {
  readonly handler: RequestHandler
  readonly served: () => ServedResources
  readonly nodes: () => NodeConnection | undefined
}

/** @throws StatusError 404 when there is no such pod */
export function findPod({ handler }: StreamContext, request: ResourceRequest): Pod {
  const { subresource: _stream, ...pod } = request
  const response = handler.handle({ ...pod, query: new URLSearchParams(), verb: 'get' })
  if (response.type !== 'object') throw internalError(`unexpected answer to a get of pod ${request.name ?? ''}`)
  // `pods` answers a get with a Pod: the registry's own type.
  return response.object as Pod
}

type Containers = readonly { readonly name: string }[] | undefined

function names(containers: Containers): readonly string[] {
  return (containers ?? []).map(({ name }) => name)
}

/** The container asked for, or the only one. @throws StatusError 400 when it must be named or is not there */
export function containerOf({ metadata, spec }: Pod, asked: string): string {
  const main = names(spec.containers)
  const all = [...names(spec.initContainers), ...main, ...names(spec.ephemeralContainers)]
  if (asked !== '') {
    if (all.includes(asked)) return asked
    throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`)
  }
  const [only] = main
  if (only !== undefined && main.length === 1) return only
  const choice = main.length === 0 ? '' : `, choose one of: [${all.join(' ')}]`
  throw badRequest(`a container name must be specified for pod ${metadata.name}${choice}`)
}

/**
 * The kubelet of a bound pod.
 * @throws StatusError 400 for a pod without a node, 404 for a node that is not there, 500 for one without an address or kubelet
 */
export function nodeOf(context: StreamContext, request: ResourceRequest, pod: Pod): NodeConnection {
  const nodeName = pod.spec.nodeName ?? ''
  if (nodeName === '') throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  kubeletOf(findNode(context, request, nodeName))
  const nodes = context.nodes()
  if (nodes === undefined) throw internalError('error dialing backend: this cluster runs no kubelets')
  return nodes
}

/** The server looks nodes up while it serves pods, and words it so. */
function findNode({ handler, served }: StreamContext, request: ResourceRequest, name: string): Node {
  const resource = served().find('', 'v1', 'nodes')
  const { subresource: _stream, namespace: _namespace, ...base } = request
  try {
    if (resource === undefined) throw notFound(request.resource.type, name)
    const response = handler.handle({ ...base, resource, name, query: new URLSearchParams(), verb: 'get' })
    if (response.type !== 'object') throw internalError(`unexpected answer to a get of node ${name}`)
    // `nodes` answers a get with a Node: the registry's own type.
    return response.object as Node
  } catch (error) {
    throw isNotFound(error) ? notFound(request.resource.type, name) : error
  }
}
