// What kube-proxy passes over in its input, and people want to know: said in sentences, one each. The API server refuses most of
// it; objects that were written by hand, for `podwire rules`, may have it all the same.
// Source: kubernetes pkg/proxy/serviceport.go, endpointslicecache.go and util.go (v1.36): bad external addresses and ranges are left
// out with a log line. Departure: upstream does not look at addresses of slices, and its sync fails at one that is none; here
// such an endpoint is left out.

import type { EndpointSlice, Service } from '@podwire/apiserver'
import { parseCidr } from '../addresses/cidr.ts'
import { canonicalAddress, familyOf } from '../addresses/ip.ts'
import { layoutOf } from '../iptables/layout.ts'
import { isForAnotherProxy, isPort, protocolOf } from '../services/service-port.ts'
import { serviceKey, watchedServices } from '../services/service-inputs.ts'
import { minorVersion } from './options.ts'
import type { ClusterState } from './rules-run.ts'

export function inputProblems({ services, slices }: ClusterState, kubernetesVersion?: string): readonly string[] {
  const reading = layoutOf(minorVersion(kubernetesVersion))
  const seen = services.filter(({ metadata }) => !isForAnotherProxy(metadata.labels, reading))
  return [
    ...seen.flatMap(serviceProblems),
    ...takenTwice(seen),
    ...slices.flatMap(sliceProblems),
    ...disagreements({ services, slices }),
  ]
}

function serviceProblems(service: Service): readonly string[] {
  const { spec, status } = service
  if (spec.type === 'ExternalName' || spec.clusterIP === 'None') return []
  const about = `Service ${serviceKey(service)}`
  const clusterIPs = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])
  if (clusterIPs.length === 0) {
    return [`${about} has no clusterIP and gets no rules: the API server allocates one, kubectl get -o yaml shows it`]
  }
  const ingress = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []))
  const addresses = [...clusterIPs, ...(spec.externalIPs ?? []), ...ingress]
  const seen = new Set<string>()
  return [
    ...addresses
      .filter((text) => canonicalAddress(text) === undefined)
      .map((text) => `${about}: ${JSON.stringify(text)} is no address: left out`),
    ...(spec.loadBalancerSourceRanges ?? [])
      .filter((text) => !text.includes('/') || parseCidr(text) === undefined)
      .map((text) => `${about}: ${JSON.stringify(text)} is no range: left out`),
    ...(spec.ports ?? []).flatMap((port) => {
      const { name = '', protocol = 'TCP', nodePort = 0 } = port
      if (!isPort(port.port)) return [`${about}: there is no port ${port.port}: left out`]
      if (nodePort !== 0 && !isPort(nodePort)) return [`${about}: there is no port ${nodePort}: no node port`]
      if (protocolOf(protocol) === undefined) return [`${about}: port ${port.port} speaks ${protocol}: left out`]
      const key = `${name}/${protocol}`
      const again = seen.has(key)
      seen.add(key)
      return again ? [`${about}: two ${protocol} ports are named ${JSON.stringify(name)}: the last one counts`] : []
    }),
  ]
}

/** Addresses and node ports two Services have at once. In iptables mode the rule that stands first wins. */
function takenTwice(services: readonly Service[]): readonly string[] {
  const owners = new Map<string, string>()
  const problems: string[] = []
  for (const service of services) {
    if (service.spec.clusterIP === 'None') continue
    const { spec } = service
    for (const { port, nodePort = 0, protocol = 'TCP' } of spec.ports ?? []) {
      const places = (spec.clusterIPs ?? [spec.clusterIP ?? '']).map((ip) => `${ip}:${port}/${protocol}`)
      if (nodePort !== 0) places.push(`nodePort ${nodePort}/${protocol}`)
      for (const place of places) {
        const owner = owners.get(place)
        if (owner === undefined) owners.set(place, serviceKey(service))
        else if (owner !== serviceKey(service)) problems.push(`${place} is of ${owner} and of ${serviceKey(service)}`)
      }
    }
  }
  return problems
}

function sliceProblems(slice: EndpointSlice): readonly string[] {
  const { metadata, addressType, endpoints = [], ports = [] } = slice
  const about = `EndpointSlice ${metadata.namespace ?? ''}/${metadata.name}`
  const wanted = addressType === 'IPv4' ? 'ipv4' : addressType === 'IPv6' ? 'ipv6' : undefined
  if (wanted === undefined) return [`${about} has addressType ${addressType}: left out`]
  if (metadata.labels?.['kubernetes.io/service-name'] === undefined) {
    return [`${about} has no label kubernetes.io/service-name: left out`]
  }
  if (ports.length === 0 && endpoints.length > 0) return [`${about} has no ports: no Service port has its endpoints`]
  return [
    ...ports
      .filter(({ port }) => !isPort(port))
      .map(({ name = '', port = 0 }) =>
        port === 0
          ? `${about}: port ${JSON.stringify(name)} has no number: left out`
          : `${about}: there is no port ${port}: left out`,
      ),
    ...endpoints.flatMap(({ addresses }) => {
      const [text = ''] = addresses
      const address = canonicalAddress(text)
      if (address === undefined) return [`${about}: ${JSON.stringify(text)} is no address: left out`]
      return familyOf(address) === wanted ? [] : [`${about}: ${text} is no ${addressType} address: left out`]
    }),
  ]
}

/** One endpoint in two slices of a Service, said to be different. */
function disagreements({ services, slices }: ClusterState): readonly string[] {
  return [...watchedServices(services, slices)].flatMap(([key, watched]) => {
    const known = new Map<string, string>()
    const problems = new Set<string>()
    for (const { endpoints = [], ports = [] } of watched.slices) {
      for (const { addresses, conditions, nodeName } of endpoints) {
        for (const { name = '', port = 0, protocol = 'TCP' } of ports) {
          const [text = ''] = addresses
          const place = `${canonicalAddress(text) ?? text}:${port}`
          const said = JSON.stringify([conditions?.ready, conditions?.serving, conditions?.terminating, nodeName])
          const before = known.get(`${name}/${protocol}/${place}`)
          known.set(`${name}/${protocol}/${place}`, said)
          if (before !== undefined && before !== said)
            problems.add(`slices of Service ${key} disagree about endpoint ${place}: one that is not terminating wins`)
        }
      }
    }
    return [...problems]
  })
}
