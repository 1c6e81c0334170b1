// Fields of a Service that are of the family a single-stack kube-proxy does not serve: it leaves them out and, up to 1.19, says so in
// an Event KubeProxyIncorrectIPVersion. Later releases run a proxier for each family and only write a line into their logs.
// Source: kubernetes pkg/proxy/service.go (v1.19: newBaseServiceInfo, serviceToServiceMap), pkg/proxy/util/utils.go.

import type { Service } from '@podwire/apiserver'
import { parseCidr } from '../addresses/cidr.ts'
import { canonicalAddress, familyOf } from '../addresses/ip.ts'
import type { IpFamily } from '../dataplane/packet.ts'

export interface IncorrectField {
  readonly field: string
  /** What of it is of the other family, with commas. */
  readonly value: string
}

/** @param family the only one that is served */
export function incorrectFamilies({ spec, status }: Service, family: IpFamily): readonly IncorrectField[] {
  const { type, clusterIP = '', externalIPs = [], loadBalancerSourceRanges = [] } = spec
  if (type === 'ExternalName' || clusterIP === 'None' || clusterIP === '') return []
  const isOther = (address: string | undefined): boolean => address !== undefined && familyOf(address) !== family
  if (isOther(canonicalAddress(clusterIP))) return [{ field: 'clusterIP', value: clusterIP }]
  const ingress = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip = '' }) => (ip === '' ? [] : [ip]))
  const fields: readonly (readonly [string, readonly string[]])[] = [
    ['externalIPs', externalIPs.filter((text) => isOther(canonicalAddress(text)))],
    ['loadBalancerSourceRanges', loadBalancerSourceRanges.filter((text) => isOther(parseCidr(text.trim())?.address))],
    ['Load balancer ingress IPs', ingress.filter((text) => isOther(canonicalAddress(text)))],
  ]
  return fields.flatMap(([field, values]) => (values.length === 0 ? [] : [{ field, value: values.join(',') }]))
}
