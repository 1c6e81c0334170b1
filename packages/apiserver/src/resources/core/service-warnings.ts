// Warnings about Services that are accepted but questionable. Source: kubernetes pkg/api/service/warnings.go.

import type { Service } from '../../objects/index.ts'
import { warnAboutCidr, warnAboutIp } from '../../validation/address-checks.ts'
import { quote } from '../../validation/field-errors.ts'
import type { StrategyContext } from '../resource.ts'
import { HEADLESS } from './service-needs.ts'
import { TOPOLOGY_HINTS, TOPOLOGY_MODE } from './service-validation.ts'

export function warnAboutService({ metadata, spec }: Service, { warn }: StrategyContext): void {
  const { clusterIP = '', clusterIPs = [], externalIPs = [], loadBalancerIP = '', loadBalancerSourceRanges = [] } = spec
  if (metadata.annotations?.[TOPOLOGY_HINTS] !== undefined) {
    warn(`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`)
  }
  if (clusterIP !== '' && clusterIP !== HEADLESS) {
    for (const [index, address] of clusterIPs.entries()) warnAboutIp(address, `spec.clusterIPs[${index}]`, warn)
  }
  const headless = spec.type === 'ClusterIP' && clusterIP === HEADLESS
  if (headless) {
    if (loadBalancerIP !== '') warn('spec.loadBalancerIP is ignored for headless services')
    if (externalIPs.length > 0) warn('spec.externalIPs is ignored for headless services')
    if (spec.sessionAffinity !== 'None') warn('spec.SessionAffinity is ignored for headless services')
  }
  for (const [index, address] of externalIPs.entries()) warnAboutIp(address, `spec.externalIPs[${index}]`, warn)
  if (externalIPs.length > 0 && !headless && spec.type !== 'ExternalName') {
    warn('spec.externalIPs is deprecated and may no longer be implemented in some clusters')
  }
  warnAboutIp(loadBalancerIP, 'spec.loadBalancerIP', warn)
  for (const [index, range] of loadBalancerSourceRanges.entries()) {
    warnAboutCidr(range, `spec.loadBalancerSourceRanges[${index}]`, warn)
  }
  if (spec.type === 'ExternalName') {
    if (externalIPs.length > 0) warn(`spec.externalIPs is ignored when spec.type is ${quote('ExternalName')}`)
  } else if ((spec.externalName ?? '') !== '') {
    warn(`spec.externalName is ignored when spec.type is not ${quote('ExternalName')}`)
  }
  if (spec.trafficDistribution === 'PreferClose') {
    warn(`spec.trafficDistribution: ${quote('PreferClose')} is deprecated; use ${quote('PreferSameZone')}`)
  }
}
