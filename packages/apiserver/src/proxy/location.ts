// Where a request to pods/proxy, services/proxy or nodes/proxy goes. Source: pkg/registry/core/pod/strategy.go, core/node/strategy.go
// (ResourceLocation), core/service/storage, apimachinery util/net SplitSchemeNamePort, pkg/kubelet/client GetConnectionInfo.
// Departure: a port that is no number is refused here; a real server fails when it dials.

import type { Random } from '@podwire/engine'
import type { Endpoints, Node, Pod, Service } from '../objects/index.ts'
import { badRequest, plainError } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import { quote } from '../validation/field-errors.ts'
import type { Backend } from '../streams/node-connection.ts'

/** Objects of the request's namespace. All but `findPod` throw NotFound. */
export interface ProxyObjects {
  pod(name: string): Pod
  findPod(name: string): Pod | undefined
  service(name: string): Service
  node(name: string): Node
  endpoints(service: string): Endpoints
  readonly namespace: string
}

interface Target {
  readonly scheme: Backend['scheme']
  readonly name: string
  readonly port: string
}

/** `name`, `name:port` or `scheme:name:port`. @throws StatusError 400 */
function splitTarget(id: string, kind: string): Target {
  const parts = id.split(':')
  const [scheme, name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts]
  const known = scheme === '' || scheme === 'http' || scheme === 'https'
  if (parts.length > 3 || name === '' || !known) throw badRequest(`invalid ${kind} request ${quote(id)}`)
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port }
}

function serviceUnavailable(message: string): StatusError {
  return new StatusError(503, 'ServiceUnavailable', message)
}

/** Default ports are those of the scheme. @throws StatusError 503 as dialing it would end */
function backend(scheme: Backend['scheme'], address: string, port: string): Backend {
  if (port === '') return { scheme, address, port: scheme === 'https' ? 443 : 80 }
  if (/^\d{1,9}$/.test(port) && Number(port) <= 65535) return { scheme, address, port: Number(port) }
  const why = /^\d+$/.test(port) ? `address ${port}: invalid port` : `lookup tcp/${port}: unknown port`
  throw serviceUnavailable(`error trying to reach service: dial tcp: ${why}`)
}

/** What no pod has as its own: addresses that Go's IsGlobalUnicast turns away, and text that is no address. */
function isProxyable(address: string): boolean {
  if (address.includes(':')) return !/^(::1?|fe[89ab].*|ff.*)$/i.test(address)
  return (
    /^\d+\.\d+\.\d+\.\d+$/.test(address) &&
    !/^(0\.0\.0\.0|127\.|169\.254\.|22[4-9]\.|23\d\.|255\.255\.255\.255)/.test(address)
  )
}

export function podLocation(objects: ProxyObjects, id: string): Backend {
  const { scheme, name, port } = splitTarget(id, 'pod')
  const { spec, status } = objects.pod(name)
  const declared = spec.containers.find(({ ports = [] }) => ports.length > 0)?.ports?.[0]?.containerPort
  const address = status?.podIPs?.[0]?.ip ?? ''
  if (!isProxyable(address)) throw badRequest('address not allowed')
  return backend(scheme, address, port === '' && declared !== undefined ? String(declared) : port)
}

/** The name of the Service port that was asked for by number. */
function portName({ metadata, spec }: Service, port: string): string {
  const found = (spec.ports ?? []).find((servicePort) => servicePort.port === Number(port))
  if (found !== undefined) return found.name ?? ''
  throw serviceUnavailable(`no service port ${Number(port)} found for service ${quote(metadata.name)}`)
}

type Address = NonNullable<NonNullable<Endpoints['subsets']>[number]['addresses']>[number]

/** Only addresses whose pod is there, with this address, are talked to. */
function isOfPod(objects: ProxyObjects, { targetRef, ip }: Address): boolean {
  if (targetRef === undefined || (targetRef.namespace ?? '') !== objects.namespace) return false
  const pod = objects.findPod(targetRef.name ?? '')
  return (pod?.status?.podIPs ?? []).some((podIp) => podIp.ip === ip)
}

/** All of a list, from a drawn place on and round. */
function fromDrawnPlace<Item>(items: readonly Item[], random: Random): readonly Item[] {
  if (items.length < 2) return items
  const offset = random.integer(0, items.length - 1)
  return [...items.slice(offset), ...items.slice(0, offset)]
}

/** A name is that of the Service's port, and none is the port without a name. @throws StatusError 400, 404, 503 */
export function serviceLocation(objects: ProxyObjects, id: string, random: Random): Backend {
  const { scheme, name, port } = splitTarget(id, 'service')
  const wanted = /^\d+$/.test(port) ? portName(objects.service(name), port) : port
  for (const { addresses = [], ports = [] } of fromDrawnPlace(objects.endpoints(name).subsets ?? [], random)) {
    const number = ports.find((subsetPort) => (subsetPort.name ?? '') === wanted)?.port
    if (number === undefined) continue
    const found = fromDrawnPlace(addresses, random).find((address) => isOfPod(objects, address))
    if (found !== undefined) return { scheme, address: found.ip, port: number }
  }
  throw serviceUnavailable(`no endpoints available for service ${quote(id)}`)
}

const KUBELET_PORT = 10250
/** As kubeadm sets --kubelet-preferred-address-types. */
const ADDRESS_TYPES = ['InternalIP', 'ExternalIP', 'Hostname']

/** The kubelet of a node. @throws StatusError 500 for a node without an address */
export function kubeletOf({ status }: Node): Backend {
  const addresses = status?.addresses ?? []
  for (const type of ADDRESS_TYPES) {
    const found = addresses.find((address) => address.type === type)
    if (found === undefined) continue
    const port = status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0
    return { scheme: 'https', address: found.address, port: port > 0 ? port : KUBELET_PORT }
  }
  const known = addresses.map(({ type, address }) => `{${type} ${address}}`)
  throw plainError(`no preferred addresses found; known addresses: [${known.join(' ')}]`)
}

export function nodeLocation(objects: ProxyObjects, id: string): Backend {
  const { scheme, name, port } = splitTarget(id, 'node')
  const kubelet = kubeletOf(objects.node(name))
  if (port === '' || port === String(kubelet.port)) return kubelet
  if (!isProxyable(kubelet.address)) throw badRequest('address not allowed')
  return backend(scheme, kubelet.address, port)
}
