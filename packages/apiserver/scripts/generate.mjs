// Writes the generated folders of this package: wire types (src/objects/generated) and schemas (src/schema/generated).
// Sources: the models of the dev dependency @kubernetes/client-node (types, required fields, descriptions) and
// the facts beside this file: kubernetes-fields.json (protobuf numbers, list types, merge keys), go-structs.json (Go's structs:
// the order of fields, which are pointers, which are always written), legacy-fields.json (both of versions that are gone),
// field-descriptions.json (what the models leave out or print on one line), enums.json and query-parameters.json.
// Run: node scripts/generate.mjs
// A test calls `generate()` and compares with what is committed, so the output must depend on nothing else.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readLegacy } from './read-legacy.mjs'
import { joinFacts, readModel } from './read-model.mjs'
import { renderTypes } from './render-types.mjs'
import {
  renderColumnDescriptions,
  renderDescriptions,
  renderGoFields,
  renderQueryParameters,
  renderSchemas,
} from './render-schemas.mjs'

const packageDir = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Model classes to start from; everything they refer to comes along. */
export const roots = [
  'V1Pod',
  'V1Binding',
  'V1Eviction',
  'V1Node',
  'V1Service',
  'V1Endpoints',
  'V1EndpointSlice',
  'V1ConfigMap',
  'V1Secret',
  'V1ServiceAccount',
  'V1Namespace',
  'CoreV1Event',
  'V1Deployment',
  'V1ReplicaSet',
  'V1ReplicationController',
  'V1Scale',
  'V1Ingress',
  'V1IngressClass',
  'V1Lease',
  'V1LabelSelector',
  'V1DeleteOptions',
  'V1Status',
  'V1ObjectMeta',
  'V1Condition',
  'V1PodTemplate',
  'V1DaemonSet',
  'V1StatefulSet',
  'V1ControllerRevision',
  'V1Job',
  'V1CronJob',
  'V1PodDisruptionBudget',
  'V1PriorityClass',
  'V1NetworkPolicy',
  'V1ServiceCIDR',
  'V1IPAddress',
  'V1HorizontalPodAutoscaler',
  'V2HorizontalPodAutoscaler',
  'V1Role',
  'V1RoleBinding',
  'V1ClusterRole',
  'V1ClusterRoleBinding',
  'EventsV1Event',
  'V1ResourceQuota',
  'V1LimitRange',
  'V1PersistentVolume',
  'V1PersistentVolumeClaim',
  'V1ComponentStatus',
  'AuthenticationV1TokenRequest',
  'V1CustomResourceDefinition',
  'V1TokenReview',
  'V1SelfSubjectReview',
  'V1LocalSubjectAccessReview',
  'V1SelfSubjectAccessReview',
  'V1SelfSubjectRulesReview',
  'V1SubjectAccessReview',
]

/** Lists and what only travels: schemas for OpenAPI and protobuf, no types. */
const lists = [
  'V1APIGroup',
  'V1APIGroupList',
  'V1APIResourceList',
  'V1APIVersions',
  'V1Patch',
  'V1WatchEvent',
  'VersionInfo',
  'V1PodList',
  'V1NodeList',
  'V1ServiceList',
  'V1EndpointsList',
  'V1EndpointSliceList',
  'V1ConfigMapList',
  'V1SecretList',
  'V1ServiceAccountList',
  'V1NamespaceList',
  'CoreV1EventList',
  'V1DeploymentList',
  'V1ReplicaSetList',
  'V1ReplicationControllerList',
  'V1IngressList',
  'V1IngressClassList',
  'V1LeaseList',
  'V1PodTemplateList',
  'V1DaemonSetList',
  'V1StatefulSetList',
  'V1ControllerRevisionList',
  'V1JobList',
  'V1CronJobList',
  'V1PodDisruptionBudgetList',
  'V1PriorityClassList',
  'V1NetworkPolicyList',
  'V1ServiceCIDRList',
  'V1IPAddressList',
  'V1HorizontalPodAutoscalerList',
  'V2HorizontalPodAutoscalerList',
  'V1RoleList',
  'V1RoleBindingList',
  'V1ClusterRoleList',
  'V1ClusterRoleBindingList',
  'EventsV1EventList',
  'V1ResourceQuotaList',
  'V1LimitRangeList',
  'V1PersistentVolumeList',
  'V1PersistentVolumeClaimList',
  'V1CustomResourceDefinitionList',
  'V1ComponentStatusList',
]

/** Fields whose description is also that of a table column. */
const columnFields = [
  'ServiceSpec.type',
  'ServiceSpec.clusterIP',
  'ServiceSpec.externalIPs',
  'ServiceSpec.ports',
  'ServiceSpec.selector',
  'Endpoints.subsets',
  'EndpointSlice.addressType',
  'EndpointSlice.ports',
  'EndpointSlice.endpoints',
  'PodStatus.podIP',
  'PodSpec.nodeName',
  'PodStatus.nominatedNodeName',
  'PodSpec.readinessGates',
  'DeploymentStatus.updatedReplicas',
  'DeploymentStatus.availableReplicas',
  'ReplicaSetSpec.replicas',
  'ReplicaSetStatus.replicas',
  'ReplicaSetStatus.readyReplicas',
  'ReplicationControllerSpec.replicas',
  'ReplicationControllerStatus.replicas',
  'ReplicationControllerStatus.readyReplicas',
  'ReplicationControllerSpec.selector',
  'ConfigMap.data',
  'Secret.type',
  'Secret.data',
  'Event.lastTimestamp',
  'Event.type',
  'Event.reason',
  'ObjectReference.fieldPath',
  'Status.message',
  'Event.firstTimestamp',
  'Event.count',
  'LeaseSpec.holderIdentity',
  'NodeSystemInfo.kubeletVersion',
  'NodeStatus.addresses',
  'NodeSystemInfo.osImage',
  'NodeSystemInfo.kernelVersion',
  'NodeSystemInfo.containerRuntimeVersion',
  'ScaleSpec.replicas',
  'ScaleStatus.replicas',
  'DaemonSetStatus.desiredNumberScheduled',
  'DaemonSetStatus.currentNumberScheduled',
  'DaemonSetStatus.numberReady',
  'DaemonSetStatus.updatedNumberScheduled',
  'DaemonSetStatus.numberAvailable',
  'PodSpec.nodeSelector',
  'ControllerRevision.revision',
  'JobStatus.succeeded',
  'CronJobSpec.schedule',
  'CronJobSpec.timeZone',
  'CronJobSpec.suspend',
  'CronJobStatus.active',
  'CronJobStatus.lastScheduleTime',
  'PriorityClass.value',
  'PriorityClass.globalDefault',
  'PriorityClass.preemptionPolicy',
  'ServiceCIDRSpec.cidrs',
  'PersistentVolumeSpec.capacity',
  'PersistentVolumeSpec.accessModes',
  'PersistentVolumeSpec.persistentVolumeReclaimPolicy',
  'PersistentVolumeStatus.phase',
  'PersistentVolumeStatus.reason',
  'PersistentVolumeSpec.volumeMode',
  'PersistentVolumeClaimStatus.phase',
  'PersistentVolumeClaimSpec.volumeName',
  'PersistentVolumeClaimStatus.capacity',
  'PersistentVolumeClaimStatus.accessModes',
  'PersistentVolumeClaimSpec.volumeMode',
]

/** @returns {ReadonlyMap<string, string>} path below the package → content */
export function generate() {
  const modelsDir = join(packageDir, 'node_modules/@kubernetes/client-node/dist/gen/models')
  const table = (name) => JSON.parse(readFileSync(join(packageDir, `scripts/${name}.json`), 'utf8'))
  const goStructs = table('go-structs')
  const facts = joinFacts(table('kubernetes-fields'), {
    goStructs,
    legacy: table('legacy-fields'),
    enums: table('enums'),
  })
  const models = readModel(modelsDir, facts, [...roots, ...lists])
  const files = new Map()
  for (const [name, text] of renderTypes(models)) files.set(`src/objects/generated/${name}`, text)
  files.set('src/schema/generated/go-fields.ts', renderGoFields(models, goStructs))
  files.set('src/schema/generated/schemas.ts', renderSchemas(models, 'current versions', 'schemaTexts'))
  const legacy = renderSchemas(readLegacy(facts), 'legacy versions', 'legacySchemaTexts')
  files.set('src/schema/generated/legacy-schemas.ts', legacy)
  files.set('src/schema/generated/descriptions.ts', renderDescriptions(models, table('field-descriptions')))
  files.set('src/schema/generated/query-parameters.ts', renderQueryParameters(table('query-parameters')))
  files.set('src/schema/generated/column-descriptions.ts', renderColumnDescriptions(models, columnFields))
  return files
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const folder of ['src/objects/generated', 'src/schema/generated']) {
    rmSync(join(packageDir, folder), { recursive: true, force: true })
  }
  for (const [path, text] of generate()) {
    mkdirSync(dirname(join(packageDir, path)), { recursive: true })
    writeFileSync(join(packageDir, path), text)
  }
}
