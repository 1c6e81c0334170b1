// The addresses of a published Service, as an Ingress's status shows them.
// Source: ingress-nginx internal/ingress/status/status.go.

import type { IngressLoadBalancerIngress, Service } from '@podwire/apiserver'

export function addressesOfService(service: Service | undefined): IngressLoadBalancerIngress[] {
  if (service === undefined) return []
  const { type, clusterIP, externalIPs = [], externalName } = service.spec
  const external = externalIPs.map((ip) => ({ ip }))
  switch (type) {
    case 'ExternalName':
      return externalName === undefined ? [] : [{ hostname: externalName }]
    case 'LoadBalancer': {
      const given = (service.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) =>
        ip === undefined ? { hostname: hostname ?? '' } : { ip },
      )
      return [...given, ...external]
    }
    default:
      if (external.length > 0) return external
      return clusterIP === undefined || clusterIP === 'None' ? [] : [{ ip: clusterIP }]
  }
}

/** IPs in order, then host names. */
export function sameAddresses(
  a: readonly IngressLoadBalancerIngress[],
  b: readonly IngressLoadBalancerIngress[],
): boolean {
  return (
    a.length === b.length && a.every((address, i) => address.ip === b[i]?.ip && address.hostname === b[i]?.hostname)
  )
}
