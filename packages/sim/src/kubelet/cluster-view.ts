// What all kubelets of a cluster look at together: Services for environment variables, ConfigMaps and Secrets when a container
// starts. One per cluster, so that a thousand nodes do not keep a thousand copies.

import { type Client, configMaps, secrets } from '@podwire/apiserver'
import type { ConfigLookup } from '../pod/index.ts'
import { ServiceVariableIndex } from './service-variables.ts'

export interface ClusterView {
  readonly config: ConfigLookup
  readonly services: ServiceVariableIndex
  stop(): void
}

export function createClusterView(client: Client): ClusterView {
  const services = new ServiceVariableIndex(client)
  return {
    config: {
      configMap: (namespace, name) => client.find(configMaps, { namespace, name }),
      secret: (namespace, name) => client.find(secrets, { namespace, name }),
    },
    services,
    stop: () => services.stop(),
  }
}
