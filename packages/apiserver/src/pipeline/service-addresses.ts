// An IPAddress for every ClusterIP that is given out: written before its Service, taken away after it.
// Source: kubernetes registry/core/service/ipallocator/ipallocator.go (createIPAddress).

import type { IPAddress, Service } from '../objects/index.ts'
import type { KubeObject, ManagedFieldsEntry } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'
import { ipAddresses } from '../resources/served-types.ts'
import { deepFreeze } from '../store/deep-freeze.ts'
import type { ServerState } from './server-state.ts'

const NONE: readonly string[] = []

/** Of a kind whose objects are given addresses. */
export function takesAddresses({ type }: Resource): boolean {
  return type.resource === 'services' && type.group === ''
}

function addressesOf(resource: Resource, object: KubeObject | undefined): readonly string[] {
  if (object === undefined || !takesAddresses(resource)) return NONE
  const { type, clusterIPs = NONE } = (object as Service).spec
  // An ExternalName may show an address that was never its own.
  return type === 'ExternalName' || clusterIPs[0] === 'None' ? NONE : clusterIPs
}

/** Before `next` is stored in the place of `old`. */
export function claimAddresses(server: ServerState, resource: Resource, next: KubeObject, old?: KubeObject): void {
  const before = addressesOf(resource, old)
  for (const address of addressesOf(resource, next)) if (!before.includes(address)) claim(server, address, next)
}

/** After `old` gave way to `next`, or to nothing. */
export function releaseAddresses(server: ServerState, resource: Resource, old: KubeObject, next?: KubeObject): void {
  const kept = addressesOf(resource, next)
  for (const address of addressesOf(resource, old)) {
    if (kept.includes(address)) continue
    const left = server.store.get(ipAddresses, undefined, address)
    if (left !== undefined) server.store.remove(ipAddresses, left)
  }
}

// What all of them share is frozen once: storing an object then has little left to freeze.
const OWNED_FIELDS = deepFreeze({
  'f:metadata': {
    'f:labels': { '.': {}, 'f:ipaddress.kubernetes.io/ip-family': {}, 'f:ipaddress.kubernetes.io/managed-by': {} },
  },
  'f:spec': { 'f:parentRef': { '.': {}, 'f:name': {}, 'f:namespace': {}, 'f:resource': {} } },
})

function labelsOf(family: 'IPv4' | 'IPv6'): Readonly<Record<string, string>> {
  return Object.freeze({
    'ipaddress.kubernetes.io/ip-family': family,
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  })
}

const IPV4_LABELS = labelsOf('IPv4')
const IPV6_LABELS = labelsOf('IPv6')

let lastOwners = ownersOf('')

function ownersOf(time: string): readonly ManagedFieldsEntry[] {
  const entry = { manager: 'kube-apiserver', operation: 'Update', apiVersion: 'networking.k8s.io/v1', time }
  return deepFreeze([{ ...entry, fieldsType: 'FieldsV1', fieldsV1: OWNED_FIELDS }])
}

/** Those of one second share theirs. */
function ownersSince(time: string): readonly ManagedFieldsEntry[] {
  if (lastOwners[0]?.time !== time) lastOwners = ownersOf(time)
  return lastOwners
}

function claim(server: ServerState, address: string, { metadata }: KubeObject): void {
  const object: IPAddress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: address,
      uid: server.random.uuid(),
      resourceVersion: '',
      creationTimestamp: server.engine.clock.timestamp(),
      labels: address.includes(':') ? IPV6_LABELS : IPV4_LABELS,
      managedFields: ownersSince(server.engine.clock.timestamp()),
    },
    spec: {
      parentRef: {
        resource: 'services',
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        name: metadata.name,
      },
    },
  }
  // One that is there already stays as it is.
  server.store.create(ipAddresses, object)
}
