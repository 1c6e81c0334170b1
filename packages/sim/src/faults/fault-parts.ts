// What faults reach into: the parts of a cluster they break.

import type { KubeProxy } from '@podwire/proxy'
import type { RunningContainer } from '../container/index.ts'
import type { Fabric } from '../fabric/index.ts'
import type { ClusterNodes } from '../sdk/cluster-nodes.ts'
import type { ApiConnections } from '../system/api-connections.ts'
import type { KnownPlaces } from './place-set.ts'

export interface FaultParts extends KnownPlaces {
  readonly fabric: Fabric
  readonly nodes: ClusterNodes
  readonly proxy: KubeProxy
  readonly connections: ApiConnections
  /** The present run of a container of a pod (`namespace/name`). */
  readonly containerOf: (pod: string, container: string) => RunningContainer | undefined
}
