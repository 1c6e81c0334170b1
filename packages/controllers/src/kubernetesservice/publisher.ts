// The Service `kubernetes` in default, its Endpoints and its EndpointSlice: how pods find the API server. In a real cluster the
// API server itself keeps them; here it is a controller like the others, so that a bare server can go without.
// Source: kubernetes pkg/controlplane/controller/kubernetesservice, pkg/controlplane/reconcilers.

import {
  type Client,
  createWorkQueue,
  type DiscoveryEndpointPort,
  type Endpoints,
  endpoints,
  type EndpointSlice,
  endpointSlices,
  isAlreadyExists,
  isConflict,
  type KubeObject,
  type NewObject,
  type Service,
  services,
} from '@podwire/apiserver'
import { SERVICE_NAME } from '../endpointslice/metadata.ts'
import { SKIP_MIRROR } from '../endpointslicemirroring/reconcile.ts'
import type { ControllerDefinition } from '../manager/controller.ts'
import type { ManagerSettings } from '../manager/settings.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'

const NAMESPACE = 'default'
const NAME = 'kubernetes'
const REF = { namespace: NAMESPACE, name: NAME }

type ApiServerAddress = ManagerSettings['apiServer']

export const kubernetesServiceController: ControllerDefinition = {
  name: 'kubernetes-service',
  start: ({ engine, client, informers, settings }) => {
    const queue = createWorkQueue({
      engine,
      name: 'kubernetes-service',
      process: () => publishKubernetesService(client, settings.apiServer),
    })
    const repair = ({ object }: { readonly object: KubeObject }): void => {
      if (object.metadata.name === NAME && object.metadata.namespace === NAMESPACE) queue.add(NAME)
    }
    informers.informer(services).onChange(repair)
    informers.informer(endpoints).onChange(repair)
    informers.informer(endpointSlices).onChange(repair)
    queue.add(NAME)
    return queue
  },
}

/** Makes or repairs the three objects. Idempotent. */
export function publishKubernetesService(client: Client, address: ApiServerAddress): void {
  try {
    if (client.find(services, REF) === undefined) client.create(services, newService(address))
    publishEndpoints(client, address)
    publishSlice(client, address)
  } catch (error) {
    // Somebody else was faster: their write brings the queue back here.
    if (!isAlreadyExists(error) && !isConflict(error)) throw error
  }
}

function newService({ clusterIp, port }: ApiServerAddress): NewObject<Service> {
  return {
    metadata: { ...REF, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp,
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
    },
  }
}

function publishEndpoints(client: Client, { ip, port }: ApiServerAddress): void {
  const current = client.find(endpoints, REF)
  const labels = { [SKIP_MIRROR]: 'true' }
  const subsets: NonNullable<Endpoints['subsets']> = [
    { addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] },
  ]
  if (current === undefined) client.create(endpoints, { metadata: { ...REF, labels }, subsets })
  else if (!semanticEqual(current.subsets, subsets)) client.update(endpoints, { ...current, subsets })
}

function publishSlice(client: Client, { ip, port }: ApiServerAddress): void {
  const current = client.find(endpointSlices, REF)
  const ports: readonly DiscoveryEndpointPort[] = [{ name: 'https', port, protocol: 'TCP' }]
  const wanted: NewObject<EndpointSlice> = {
    metadata: { ...REF, labels: { [SERVICE_NAME]: NAME } },
    addressType: ip.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports,
  }
  if (current === undefined) client.create(endpointSlices, wanted)
  else if (!semanticEqual(current.endpoints, wanted.endpoints) || !semanticEqual(current.ports, ports)) {
    client.update(endpointSlices, { ...current, endpoints: wanted.endpoints ?? [], ports })
  }
}
