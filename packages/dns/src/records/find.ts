// Which services, endpoints or pods a parsed name stands for: one hit per (address, port), as CoreDNS's kubernetes plugin
// lists them before it makes records. Undefined means the name does not exist; an empty list means it exists without these.
// Source: CoreDNS plugin/kubernetes/kubernetes.go (findServices, findPods, serviceRecordForIP), ns.go.

import { canonicalAddress, isReverseName } from '../wire/index.ts'
import type { ParsedName } from './parse-name.ts'
import type { RecordIndex } from './record-index.ts'
import { hostOf, type EndpointAddress, type Host, type PortView, type ServiceView } from './service-view.ts'
import type { ZoneOptions } from './zone-options.ts'

export interface Hit {
  readonly host: Host
  readonly port: number
  /** The endpoint's label in front of `owner`; '' for a Service itself. */
  readonly label: string
  /** `ledger.shop.svc` */
  readonly owner: string
}

/** The name SRV and NS records point to: `ledger-0.ledger.shop.svc.cluster.local.` */
export function targetOf(hit: Hit, zone: string): string {
  const end = zone === '.' ? '.' : `.${zone}`
  return hit.label === '' ? hit.owner + end : `${hit.label}.${hit.owner}${end}`
}

const NOTHING: readonly Hit[] = []

function namespaceExposed(index: RecordIndex, options: ZoneOptions, namespace: string): boolean {
  return (options.namespaces.size === 0 || options.namespaces.has(namespace)) && index.hasNamespace(namespace)
}

/** @param name the whole query name, lower case */
export function findHits(
  index: RecordIndex,
  options: ZoneOptions,
  parsed: ParsedName | undefined,
  name: string,
): readonly Hit[] | undefined {
  if (parsed === undefined) return undefined
  if (parsed.branch === undefined) return NOTHING
  if (isReverseName(name) || !namespaceExposed(index, options, parsed.namespace)) return undefined
  if (parsed.service === '') return parsed.branch === 'pod' && options.pods === 'disabled' ? undefined : NOTHING
  return parsed.branch === 'pod' ? findPods(index, options, parsed) : findServices(index, options, parsed)
}

function findPods(index: RecordIndex, options: ZoneOptions, parsed: ParsedName): readonly Hit[] | undefined {
  if (options.pods === 'disabled') return undefined
  const label = parsed.service
  const isIpv4 = label.split('-').length === 4 && !label.includes('--')
  const address = label.replaceAll('-', isIpv4 ? '.' : ':')
  const known =
    options.pods === 'insecure' ? canonicalAddress(address) !== undefined : index.hasPodAt(address, parsed.namespace)
  if (!known) return undefined
  return [{ host: hostOf(address), port: 0, label, owner: `${parsed.namespace}.pod` }]
}

function findServices(index: RecordIndex, options: ZoneOptions, parsed: ParsedName): readonly Hit[] | undefined {
  const key = parsed.serviceKey
  const service = index.service(key)
  if (service === undefined) return undefined
  if (service.kind === 'external-name') return findExternalName(service, parsed)
  if (options.ignoreEmptyService && service.kind === 'cluster-ip' && !hasEndpoint(index, key)) return undefined
  const { owner } = service
  if (service.kind === 'headless' || parsed.endpoint !== '') return findEndpoints(index, options, parsed, key, owner)
  const hits: Hit[] = []
  let matched = false
  for (const port of service.ports) {
    if (!portMatches(parsed, port)) continue
    matched = true
    for (const host of service.hosts) hits.push({ host, port: port.port, label: '', owner })
  }
  return matched ? hits : undefined
}

/** An ExternalName has no endpoints and no ports, and one that is an address is no alias. */
function findExternalName(service: ServiceView, parsed: ParsedName): readonly Hit[] | undefined {
  if (parsed.endpoint !== '' || parsed.port !== '' || parsed.protocol !== '') return undefined
  if (service.externalName.alias === undefined) return undefined
  return [{ host: service.externalName, port: 0, label: '', owner: service.owner }]
}

function findEndpoints(
  index: RecordIndex,
  options: ZoneOptions,
  parsed: ParsedName,
  key: string,
  owner: string,
): readonly Hit[] | undefined {
  const hits: Hit[] = []
  for (const { view } of index.slicesOf(key)) {
    const ports = view.ports.filter((port) => portMatches(parsed, port))
    if (ports.length === 0) continue
    for (const endpoint of view.addresses) {
      const label = endpointLabel(endpoint, options)
      if (parsed.endpoint !== '' && label.toLowerCase() !== parsed.endpoint) continue
      for (const port of ports) hits.push({ host: endpoint.host, port: port.port, label, owner })
    }
  }
  return hits.length === 0 ? undefined : hits
}

function endpointLabel(endpoint: EndpointAddress, options: ZoneOptions): string {
  return options.endpointPodNames ? endpoint.podName : endpoint.name
}

function portMatches(parsed: ParsedName, port: PortView): boolean {
  return (
    (parsed.port === '' || parsed.port === port.name) && (parsed.protocol === '' || parsed.protocol === port.protocol)
  )
}

function hasEndpoint(index: RecordIndex, key: string): boolean {
  for (const slice of index.slicesOf(key)) if (slice.view.addresses.length > 0) return true
  return false
}

/** Names an address has: that of the Service it is the ClusterIP of, else one per endpoint with it. Below the primary zone. */
export function findNamesOf(index: RecordIndex, options: ZoneOptions, address: string): readonly string[] {
  const exposed = (namespace: string): boolean =>
    options.namespaces.size === 0 || namespaceExposed(index, options, namespace)
  for (const service of index.servicesAt(address)) {
    if (exposed(service.namespace)) return [`${service.name}.${service.namespace}.svc`]
  }
  const names: string[] = []
  for (const slice of index.slicesAt(address)) {
    if (!exposed(slice.serviceKey.slice(slice.serviceKey.indexOf('.') + 1))) continue
    for (const endpoint of slice.view.addresses) {
      if (endpoint.address === address) names.push(`${endpointLabel(endpoint, options)}.${slice.serviceKey}.svc`)
    }
  }
  return names
}

/** The zone's name servers: the Services in front of this server's own addresses, or these addresses as `ns.dns`. */
export function findNameServers(
  index: RecordIndex,
  options: ZoneOptions,
  localAddresses: readonly string[],
): readonly Hit[] {
  const hits: Hit[] = []
  for (const local of localAddresses) {
    for (const slice of index.slicesAt(local)) {
      const service = index.service(slice.serviceKey)
      if (service === undefined) continue
      const owner = `${slice.serviceKey}.svc`
      if (service.kind !== 'headless') for (const host of service.hosts) hits.push({ host, port: 0, label: '', owner })
      else {
        for (const endpoint of slice.view.addresses) {
          hits.push({ host: endpoint.host, port: 0, label: endpointLabel(endpoint, options), owner })
        }
      }
    }
  }
  return hits.length > 0
    ? hits
    : localAddresses.map((local) => ({ host: hostOf(local), port: 0, label: 'ns', owner: 'dns' }))
}
