// discovery.k8s.io/v1beta1 EndpointSlices: the zone is one of the keys of `topology`.
// Source: kubernetes apis/discovery/v1beta1/conversion.go.

import { endpointSlice } from '../discovery/endpoint-slice.ts'
import { asFields, asList, changed, legacyVersion, present, type Fields, type LegacyObject } from './legacy-version.ts'

const ZONE = 'topology.kubernetes.io/zone'

function endpointToStored(endpoint: Fields): Fields {
  const { topology, ...rest } = endpoint
  const { [ZONE]: zone, ...others } = asFields(topology) ?? {}
  const deprecatedTopology = Object.keys(others).length === 0 ? undefined : others
  return { ...rest, ...present({ zone, deprecatedTopology }) }
}

function endpointFromStored(endpoint: Fields): Fields {
  const { zone, deprecatedTopology, ...rest } = endpoint
  const topology = { ...asFields(deprecatedTopology), ...present({ [ZONE]: zone }) }
  return { ...rest, ...(Object.keys(topology).length === 0 ? {} : { topology }) }
}

function withEndpoints(object: LegacyObject, change: (endpoint: Fields) => Fields): LegacyObject {
  const fields = object as unknown as Fields
  const made = changed(fields, 'endpoints', (list) => asList(list)?.map((item) => change(asFields(item) ?? {})) ?? list)
  return made as unknown as LegacyObject
}

export const endpointSliceV1beta1 = legacyVersion(endpointSlice, {
  groupVersion: 'discovery.k8s.io/v1beta1',
  since: 17,
  until: 24,
  deprecated: 21,
  use: 'discovery.k8s.io/v1 EndpointSlice',
  fromStored: (object) => withEndpoints(object, endpointFromStored),
  toStored: (object) => withEndpoints(object, endpointToStored),
})
