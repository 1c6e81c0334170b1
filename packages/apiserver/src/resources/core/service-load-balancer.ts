// What Services say of load balancers, and what load balancers say in their status. Source: kubernetes core/validation
// (ValidateService, validateLoadBalancerClassField, ValidateLoadBalancerStatus).

import type { Service } from '../../objects/index.ts'
import { checkCidr, checkIp, warnAboutIp } from '../../validation/address-checks.ts'
import { parseIp } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { dnsSubdomain, qualifiedName } from '../../validation/names.ts'
import type { StrategyContext } from '../resource.ts'
import { isLoadBalancer } from './service-needs.ts'

const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges'
const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'"

export function validateLoadBalancer(service: Service, old: Service | undefined, errors: FieldError[]): void {
  const { allocateLoadBalancerNodePorts } = service.spec
  const balances = isLoadBalancer(service)
  validateSourceRanges(service, old, errors)
  if (allocateLoadBalancerNodePorts !== undefined && !balances) {
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', ONLY_LOAD_BALANCER))
  }
  validateClass(service, errors)
}

export function validateClass(service: Service, errors: FieldError[]): void {
  const { loadBalancerClass } = service.spec
  if (loadBalancerClass === undefined) return
  if (!isLoadBalancer(service)) errors.push(forbiddenField('spec.loadBalancerClass', ONLY_LOAD_BALANCER))
  else
    for (const problem of qualifiedName(loadBalancerClass))
      errors.push(invalid('spec.loadBalancerClass', loadBalancerClass, problem))
}

/** From the field or, where that is empty, from the annotation it comes from; spaces around a range are fine. */
function validateSourceRanges(service: Service, old: Service | undefined, errors: FieldError[]): void {
  const { loadBalancerSourceRanges: ranges = [] } = service.spec
  const annotation = service.metadata.annotations?.[SOURCE_RANGES]
  if (ranges.length === 0 && annotation === undefined) return
  // The capital L is the server's.
  const path = ranges.length > 0 ? 'spec.LoadBalancerSourceRanges' : `metadata.annotations[${SOURCE_RANGES}]`
  if (!isLoadBalancer(service)) errors.push(forbiddenField(path, ONLY_LOAD_BALANCER))
  if (ranges.length > 0) {
    const known = (old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim())
    for (const [index, range] of ranges.entries()) errors.push(...checkCidr(range.trim(), `${path}[${index}]`, known))
    return
  }
  const known = listed(old?.metadata.annotations?.[SOURCE_RANGES])
  for (const range of listed(annotation)) errors.push(...checkCidr(range, path, known))
}

function listed(annotation: string | undefined): readonly string[] {
  const text = (annotation ?? '').trim()
  return text === '' ? [] : text.split(',').map((range) => range.trim())
}

export function validateServiceStatus(
  service: Service,
  old: Service,
  { warn }: Pick<StrategyContext, 'warn'>,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const ingresses = service.status?.loadBalancer?.ingress ?? []
  const path = 'status.loadBalancer.ingress'
  const known = (old.status?.loadBalancer?.ingress ?? []).map(({ ip = '' }) => ip)
  if (ingresses.length > 0 && !isLoadBalancer(service)) {
    return [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")]
  }
  for (const [index, { ip = '', hostname = '', ipMode }] of ingresses.entries()) {
    const at = `${path}[${index}]`
    if (ip !== '') errors.push(...checkIp(ip, `${at}.ip`, known))
    if (ip !== '' && ipMode === undefined) errors.push(required(`${at}.ipMode`, 'must be specified when `ip` is set'))
    else if (ip === '' && ipMode !== undefined) {
      errors.push(forbiddenField(`${at}.ipMode`, 'may not be specified when `ip` is not set'))
    } else if (ipMode !== undefined && ipMode !== 'VIP' && ipMode !== 'Proxy') {
      errors.push(notSupported(`${at}.ipMode`, ipMode, ['Proxy', 'VIP']))
    }
    if (hostname === '') continue
    for (const problem of dnsSubdomain(hostname)) errors.push(invalid(`${at}.hostname`, hostname, problem))
    if (parseIp(hostname) !== undefined)
      errors.push(invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address'))
  }
  if (errors.length === 0)
    for (const [index, { ip = '' }] of ingresses.entries()) warnAboutIp(ip, `${path}[${index}]`, warn)
  return errors
}
