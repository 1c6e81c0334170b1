// Every controller of kube-controller-manager that podwire has, in the order they start.

import { cronJobController } from '../cronjob/controller.ts'
import { daemonSetController } from '../daemonset/controller.ts'
import { deploymentController } from '../deployment/controller.ts'
import { disruptionController } from '../disruption/controller.ts'
import { endpointsController } from '../endpoints/controller.ts'
import { endpointSliceController } from '../endpointslice/controller.ts'
import { endpointSliceMirroringController } from '../endpointslicemirroring/controller.ts'
import { garbageCollector } from '../garbagecollector/controller.ts'
import { jobController } from '../job/controller.ts'
import { kubernetesServiceController } from '../kubernetesservice/publisher.ts'
import { namespaceController } from '../namespace/controller.ts'
import { nodeIpamController } from '../nodeipam/controller.ts'
import { nodeLifecycleController } from '../nodelifecycle/controller.ts'
import { podGarbageCollector } from '../podgc/controller.ts'
import { replicaController } from '../replicas/controller.ts'
import { replicaSetKind } from '../replicaset/replica-set-kind.ts'
import { replicationControllerKind } from '../replicationcontroller/replication-controller-kind.ts'
import { resourceQuotaController } from '../resourcequota/controller.ts'
import { clusterRoleAggregationController } from '../clusterroleaggregation/controller.ts'
import { rootCaController } from '../rootca/controller.ts'
import { serviceAccountController } from '../serviceaccount/controller.ts'
import { serviceAccountTokenController } from '../serviceaccounttoken/controller.ts'
import { addressRepairController } from '../servicecidr/address-repair.ts'
import { serviceCidrController } from '../servicecidr/controller.ts'
import { statefulSetController } from '../statefulset/controller.ts'
import { taintEvictionController } from '../tainteviction/controller.ts'
import { ttlController } from '../ttl/controller.ts'
import { ttlAfterFinishedController } from '../ttlafterfinished/controller.ts'
import { claimProtectionController } from '../storageprotection/claims.ts'
import { volumeProtectionController } from '../storageprotection/volumes.ts'
import type { ControllerDefinition } from './controller.ts'

export const CONTROLLERS: readonly ControllerDefinition[] = [
  kubernetesServiceController,
  serviceCidrController,
  addressRepairController,
  serviceAccountController,
  serviceAccountTokenController,
  rootCaController,
  namespaceController,
  garbageCollector,
  deploymentController,
  replicaController(replicaSetKind),
  replicaController(replicationControllerKind),
  daemonSetController,
  statefulSetController,
  jobController,
  cronJobController,
  ttlAfterFinishedController,
  disruptionController,
  endpointsController,
  endpointSliceController,
  endpointSliceMirroringController,
  nodeIpamController,
  ttlController,
  nodeLifecycleController,
  taintEvictionController,
  podGarbageCollector,
  claimProtectionController,
  volumeProtectionController,
  resourceQuotaController,
  clusterRoleAggregationController,
]
