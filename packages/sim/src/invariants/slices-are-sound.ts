// The slices of a Service are such as its readers expect: no more than a hundred endpoints in one that the controller keeps, addresses of
// the slice's family, and no address twice among those with the same ports. Source: kubernetes staging endpointslice/reconciler.go
// (maxEndpointsPerSlice), discovery/v1 types.

import { isIP } from 'node:net'
import { endpointSlices, type EndpointSlice } from '@podwire/apiserver'
import type { Invariant } from './invariant.ts'
import { CONTROLLER, MANAGED_BY, SERVICE_NAME } from './slices-match-pods.ts'

const MOST_ENDPOINTS = 100

export const slicesAreSound: Invariant = {
  name: 'slices-are-sound',
  watch({ client }, changes) {
    return () => {
      const touched = new Set<string>()
      const wrong: string[] = []
      for (const { key, object } of changes.of(endpointSlices)) {
        if (object?.metadata.labels?.[MANAGED_BY] !== CONTROLLER) continue
        wrong.push(...problemsOf(object).map((problem) => `${key} ${problem}`))
        const service = object.metadata.labels[SERVICE_NAME]
        if (service !== undefined) touched.add(`${object.metadata.namespace ?? ''}/${service}`)
      }
      for (const service of touched) {
        const [namespace = '', name = ''] = service.split('/')
        const labelSelector = `${SERVICE_NAME}=${name},${MANAGED_BY}=${CONTROLLER}`
        const twice = doubled(client.list(endpointSlices, { namespace, labelSelector }).items)
        if (twice !== undefined) wrong.push(`Service ${service}: two endpoints of its slices are ${twice}`)
      }
      return wrong
    }
  },
}

function problemsOf({ addressType, endpoints = [] }: EndpointSlice): readonly string[] {
  const version = addressType === 'IPv4' ? 4 : 6
  const other = endpoints.flatMap(({ addresses }) => addresses).find((address) => isIP(address) !== version)
  return [
    ...(endpoints.length > MOST_ENDPOINTS ? [`has ${endpoints.length} endpoints, more than ${MOST_ENDPOINTS}`] : []),
    ...(addressType === 'FQDN' || other === undefined ? [] : [`is of ${addressType} and has ${other}`]),
  ]
}

function doubled(slices: readonly EndpointSlice[]): string | undefined {
  const seen = new Set<string>()
  for (const { addressType, ports = [], endpoints = [] } of slices) {
    const kind = `${addressType} ${ports.map(({ name = '', port, protocol }) => `${name}:${port}/${protocol}`).join()}`
    for (const { addresses } of endpoints) {
      const [address = ''] = addresses
      if (seen.has(`${kind} ${address}`)) return address
      seen.add(`${kind} ${address}`)
    }
  }
  return undefined
}
