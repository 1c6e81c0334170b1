// Keeps a ServiceAccount `default` in every living namespace. Source: kubernetes pkg/controller/serviceaccount.

import {
  createWorkQueue,
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
  namespaces,
  serviceAccounts,
} from '@podwire/apiserver'
import type { ControllerDefinition } from '../manager/controller.ts'
import { accountLatency } from '../manager/latency.ts'

const DEFAULT_ACCOUNT = 'default'

export const serviceAccountController: ControllerDefinition = {
  name: 'serviceaccount-controller',
  start: ({ engine, client, informers }) => {
    const homes = informers.informer(namespaces)
    const accounts = informers.informer(serviceAccounts)
    const queue = createWorkQueue({
      engine,
      name: 'serviceaccount-controller',
      latency: accountLatency,
      process: (namespace) => {
        const home = homes.get(undefined, namespace)
        if (home === undefined || home.metadata.deletionTimestamp !== undefined) return
        if (client.find(serviceAccounts, { namespace, name: DEFAULT_ACCOUNT }) !== undefined) return
        try {
          client.create(serviceAccounts, { metadata: { namespace, name: DEFAULT_ACCOUNT } })
        } catch (error) {
          if (!isAlreadyExists(error) && !isNamespaceTerminating(error) && !isNotFound(error)) throw error
        }
      },
    })
    homes.onChange(({ type, object }) => {
      if (type !== 'deleted' && accounts.get(object.metadata.name, DEFAULT_ACCOUNT) === undefined) {
        queue.add(object.metadata.name)
      }
    })
    accounts.onChange(({ type, object }) => {
      if (type === 'deleted' && object.metadata.name === DEFAULT_ACCOUNT) queue.add(object.metadata.namespace ?? '')
    })
    return queue
  },
}
