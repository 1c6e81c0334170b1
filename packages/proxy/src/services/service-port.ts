// One service port: a Service's entry in spec.ports, as one address family of kube-proxy sees it.
// Source: kubernetes pkg/proxy/serviceport.go and serviceinfo (v1.36), util/utils.go (IsVIPMode, v1.29).

import type { Service, ServicePort as ApiServicePort } from '@podwire/apiserver'
import { cidrContains, parseCidr, type Cidr } from '../addresses/cidr.ts'
import { canonicalAddress, familyOf } from '../addresses/ip.ts'
import type { IpFamily } from '../dataplane/packet.ts'

export type ServiceProtocol = 'tcp' | 'udp' | 'sctp'

export interface ServicePort {
  /** `ns/name` or `ns/name:port`: what comments and hashes are made of. */
  readonly name: string
  readonly portName: string
  readonly family: IpFamily
  readonly protocol: ServiceProtocol
  readonly clusterIP: string
  readonly port: number
  /** 0: none. */
  readonly nodePort: number
  readonly externalIPs: readonly string[]
  readonly loadBalancerVIPs: readonly string[]
  readonly sourceRanges: readonly Cidr[]
  /** Seconds of ClientIP affinity; undefined: none. */
  readonly affinitySeconds: number | undefined
  /** 0: none. */
  readonly healthCheckNodePort: number
  readonly externalPolicyLocal: boolean
  readonly internalPolicyLocal: boolean
  /** Has a way in from outside: a node port, an external IP or a load-balancer VIP. */
  readonly externallyAccessible: boolean
  /** Hints of its endpoints count. */
  readonly usesHints: boolean
  /** Some way in balances over the endpoints of the whole cluster. */
  readonly usesCluster: boolean
  /** Some way in balances over this node's endpoints only. */
  readonly usesLocal: boolean
}

const PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name'
const HEADLESS_LABEL = 'service.kubernetes.io/headless'

type Labels = Readonly<Record<string, string>> | undefined

/** What a release makes of a Service. */
export interface ServiceReading {
  /** Unnamed ports are spelled `ns/name:`, up to 1.18. */
  readonly colonAlways: boolean
  /** Services with the headless label are not seen, up to 1.35; later only their slices are not. */
  readonly headlessLabelHides: boolean
  /** Hints of endpoints count where the Service's annotation says Auto (up to 1.26), does not say disabled (up to 1.30), or always. */
  readonly hintsAnnotation: 'Auto' | 'not disabled' | 'unasked'
  /** Load-balancer addresses with ipMode Proxy are left out, since 1.30; before it every address is a VIP. */
  readonly readsIpMode: boolean
  /** A source range of all addresses is the same as no range, since 1.34. */
  readonly wholeRangeOpens: boolean
}

/** Somebody else's business: kube-proxy's watch does not even select such Services. */
export function isForAnotherProxy(
  labels: Labels,
  { headlessLabelHides }: Pick<ServiceReading, 'headlessLabelHides'>,
): boolean {
  return labels !== undefined && (PROXY_NAME_LABEL in labels || (headlessLabelHides && HEADLESS_LABEL in labels))
}

/** Slices are left out for the headless label only: v1.36.2 was seen to use those that carry the other. */
export function isSliceSeen(labels: Labels): boolean {
  return labels === undefined || !(HEADLESS_LABEL in labels)
}

/** The ports of a Service in one family; none when it is headless, an ExternalName, or has no cluster IP of the family. */
export function servicePortsOf(service: Service, family: IpFamily, reading: ServiceReading): readonly ServicePort[] {
  const { spec } = service
  if (isForAnotherProxy(service.metadata.labels, reading)) return []
  if (spec.type === 'ExternalName' || spec.clusterIP === 'None' || !spec.clusterIP) return []
  const clusterIP = addressesOf(spec.clusterIPs ?? [spec.clusterIP], family)[0]
  if (clusterIP === undefined) return []
  // Ports are kept by name and protocol: of two that share both, the last one counts.
  const ports = new Map<string, ServicePort>()
  for (const port of spec.ports ?? []) {
    const built = buildPort(service, port, clusterIP, family, reading)
    if (built !== undefined) ports.set(`${built.portName}/${built.protocol}`, built)
  }
  return [...ports.values()]
}

function buildPort(
  service: Service,
  port: ApiServicePort,
  clusterIP: string,
  family: IpFamily,
  { colonAlways, wholeRangeOpens, hintsAnnotation, readsIpMode }: ServiceReading,
): ServicePort | undefined {
  const { spec, metadata } = service
  const protocol = protocolOf(port.protocol)
  if (protocol === undefined || !isPort(port.port)) return undefined
  const portName = port.name ?? ''
  const nodePort = isPort(port.nodePort) ? port.nodePort : 0
  const externalIPs = addressesOf(spec.externalIPs ?? [], family)
  const loadBalancerVIPs = vipsOf(service, family, readsIpMode)
  const externallyAccessible = nodePort !== 0 || externalIPs.length > 0 || loadBalancerVIPs.length > 0
  const internalPolicyLocal = spec.internalTrafficPolicy === 'Local'
  const externalPolicyLocal = hasExternalPolicyLocal(service)
  return {
    name: `${metadata.namespace ?? ''}/${metadata.name}${portName === '' && !colonAlways ? '' : `:${portName}`}`,
    portName,
    family,
    protocol,
    clusterIP,
    port: port.port,
    nodePort,
    externalIPs,
    loadBalancerVIPs,
    sourceRanges: sourceRangesOf(spec.loadBalancerSourceRanges ?? [], family, wholeRangeOpens),
    affinitySeconds: affinitySecondsOf(service),
    healthCheckNodePort: healthCheckNodePortOf(service),
    externalPolicyLocal,
    internalPolicyLocal,
    externallyAccessible,
    usesHints: usesHints(metadata.annotations, hintsAnnotation),
    usesCluster: !internalPolicyLocal || externallyAccessible,
    usesLocal: internalPolicyLocal || (externalPolicyLocal && externallyAccessible),
  }
}

/** The older of the two annotations has precedence; releases that ask for Auto know it alone. */
export const HINTS_ANNOTATIONS = [
  'service.kubernetes.io/topology-aware-hints',
  'service.kubernetes.io/topology-mode',
] as const

function usesHints(annotations: Labels, wanted: ServiceReading['hintsAnnotation']): boolean {
  const [older, newer] = HINTS_ANNOTATIONS
  switch (wanted) {
    case 'unasked':
      return true
    case 'Auto':
      return /^[Aa]uto$/.test(annotations?.[older] ?? '')
    case 'not disabled':
      return !/^([Dd]isabled)?$/.test(annotations?.[older] ?? annotations?.[newer] ?? '')
  }
}

/** What a port number can be. */
export function isPort(port: number | undefined): port is number {
  return port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536
}

/** The server lets in 1 to 86,400; where something else stands, its default counts. */
function affinitySecondsOf({ spec }: Service): number | undefined {
  if (spec.sessionAffinity !== 'ClientIP') return undefined
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds
  return seconds === undefined || seconds < 1 || seconds > 86_400 ? 10_800 : seconds
}

/** Honoured only for load balancers with policy Local; 0 otherwise. */
export function healthCheckNodePortOf(service: Service): number {
  const { spec } = service
  const honoured = spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
  return honoured && isPort(spec.healthCheckNodePort) ? spec.healthCheckNodePort : 0
}

function hasExternalPolicyLocal({ spec }: Service): boolean {
  if (spec.externalTrafficPolicy !== 'Local') return false
  return spec.type === 'LoadBalancer' || spec.type === 'NodePort' || (spec.externalIPs ?? []).length > 0
}

export function protocolOf(protocol: string | undefined): ServiceProtocol | undefined {
  const lower = (protocol ?? 'TCP').toLowerCase()
  return lower === 'tcp' || lower === 'udp' || lower === 'sctp' ? lower : undefined
}

function addressesOf(texts: readonly string[], family: IpFamily): readonly string[] {
  return texts.flatMap((text) => {
    const address = canonicalAddress(text)
    return address !== undefined && familyOf(address) === family ? [address] : []
  })
}

function vipsOf(service: Service, family: IpFamily, readsIpMode: boolean): readonly string[] {
  const ingress = service.status?.loadBalancer?.ingress ?? []
  return addressesOf(
    ingress.flatMap(({ ip, ipMode = 'VIP' }) => (ip && (!readsIpMode || ipMode === 'VIP') ? [ip] : [])),
    family,
  )
}

function sourceRangesOf(texts: readonly string[], family: IpFamily, wholeRangeOpens: boolean): readonly Cidr[] {
  const ranges = texts.flatMap((text) => {
    const cidr = text.includes('/') ? parseCidr(text) : undefined
    return cidr !== undefined && cidr.family === family ? [cidr] : []
  })
  return wholeRangeOpens && ranges.some(({ prefix }) => prefix === 0) ? [] : ranges
}

/** Some source range lets this address in. */
export function rangesContain(port: ServicePort, address: string | undefined): boolean {
  return address !== undefined && port.sourceRanges.some((range) => cidrContains(range, address))
}
