// Publishes the cluster's root certificate as ConfigMap kube-root-ca.crt in every living namespace, and sets it back when edited.
// Source: kubernetes pkg/controller/certificates/rootcacertpublisher.

import {
  type ConfigMap,
  configMaps,
  createWorkQueue,
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
  namespaces,
} from '@podwire/apiserver'
import type { ControllerDefinition } from '../manager/controller.ts'
import { accountLatency } from '../manager/latency.ts'
import { sameMap } from '../objects/semantic-equal.ts'

const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt'

const DESCRIPTION = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
}

export const rootCaController: ControllerDefinition = {
  name: 'root-ca-certificate-publisher-controller',
  start: ({ engine, client, informers, settings }) => {
    const homes = informers.informer(namespaces)
    const maps = informers.informer(configMaps)
    const data = { 'ca.crt': settings.rootCaCertificate }
    // Any description will do.
    const isAsPublished = (map: ConfigMap | undefined): boolean =>
      sameMap(map?.data, data) && (map?.metadata.annotations?.['kubernetes.io/description'] ?? '') !== ''
    const queue = createWorkQueue({
      engine,
      name: 'root-ca-cert-publisher',
      latency: accountLatency,
      process: (namespace) => {
        const home = homes.get(undefined, namespace)
        if (home === undefined || home.metadata.deletionTimestamp !== undefined) return
        const current = client.find(configMaps, { namespace, name: ROOT_CA_CONFIG_MAP })
        try {
          if (current === undefined) {
            const metadata = { namespace, name: ROOT_CA_CONFIG_MAP, annotations: DESCRIPTION }
            client.create(configMaps, { metadata, data }, { fieldManager: 'kube-controller-manager' })
          } else if (!isAsPublished(current)) {
            const annotations = { ...current.metadata.annotations, ...DESCRIPTION }
            client.update(configMaps, { ...current, metadata: { ...current.metadata, annotations }, data })
          }
        } catch (error) {
          if (!isAlreadyExists(error) && !isNamespaceTerminating(error) && !isNotFound(error)) throw error
        }
      },
    })
    homes.onChange(({ type, object }) => {
      const { name } = object.metadata
      if (type !== 'deleted' && !isAsPublished(maps.get(name, ROOT_CA_CONFIG_MAP))) queue.add(name)
    })
    maps.onChange(({ type, object }) => {
      if (object.metadata.name !== ROOT_CA_CONFIG_MAP) return
      if (type === 'deleted' || !isAsPublished(object)) queue.add(object.metadata.namespace ?? '')
    })
    return queue
  },
}
