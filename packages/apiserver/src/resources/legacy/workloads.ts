// Deployments, ReplicaSets, DaemonSets, StatefulSets and their revisions before apps/v1, up to 1.15.
// Source: kubernetes apis/extensions/v1beta1, apis/apps/v1beta1 and apis/apps/v1beta2 (conversion.go, defaults.go).
// Departure: a Deployment's spec.rollbackTo and its rollback subresource are refused.

import { notSimulated } from '../../status/errors.ts'
import { controllerRevision } from '../apps/controller-revision.ts'
import { daemonSet } from '../apps/daemon-set.ts'
import { deployment } from '../apps/deployment.ts'
import { replicaSet } from '../apps/replica-set.ts'
import { statefulSet } from '../apps/stateful-set.ts'
import { legacyVersion, type LegacyObject, type LegacyVersion } from './legacy-version.ts'
import { scaleVersion } from './scale.ts'
import { fromTemplateLabels, rollingDefaults, specDefaults } from './workload-defaults.ts'

const EXTENSIONS = { groupVersion: 'extensions/v1beta1', since: 2, until: 15, orphansByDefault: true }
const APPS_V1BETA1 = { groupVersion: 'apps/v1beta1', since: 6, until: 15, orphansByDefault: true }
const APPS_V1BETA2 = { groupVersion: 'apps/v1beta2', since: 8, until: 15, orphansByDefault: true }

/** As good as never. */
const MAX_INT32 = 2_147_483_647

function refuseRollback(object: LegacyObject): LegacyObject {
  if (object.spec?.['rollbackTo'] !== undefined) throw notSimulated('spec.rollbackTo of Deployments')
  return object
}

const deployments: readonly LegacyVersion[] = [
  legacyVersion(deployment, {
    ...EXTENSIONS,
    scale: scaleVersion(EXTENSIONS.groupVersion),
    toStored: refuseRollback,
    defaults: (object) => {
      fromTemplateLabels(object)
      specDefaults(object, { replicas: 1, progressDeadlineSeconds: MAX_INT32, revisionHistoryLimit: MAX_INT32 })
      rollingDefaults(object, 'strategy', 'RollingUpdate', { maxUnavailable: 1, maxSurge: 1 })
    },
  }),
  legacyVersion(deployment, {
    ...APPS_V1BETA1,
    scale: scaleVersion(APPS_V1BETA1.groupVersion),
    toStored: refuseRollback,
    defaults: (object) => {
      fromTemplateLabels(object)
      specDefaults(object, { revisionHistoryLimit: 2 })
    },
  }),
  legacyVersion(deployment, { ...APPS_V1BETA2, scale: scaleVersion(APPS_V1BETA2.groupVersion) }),
]

const replicaSets: readonly LegacyVersion[] = [
  legacyVersion(replicaSet, {
    ...EXTENSIONS,
    scale: scaleVersion(EXTENSIONS.groupVersion),
    defaults: fromTemplateLabels,
  }),
  legacyVersion(replicaSet, { ...APPS_V1BETA2, scale: scaleVersion(APPS_V1BETA2.groupVersion) }),
]

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

/** What became an annotation was a field. */
function daemonSetFromStored(object: LegacyObject): LegacyObject {
  const { [TEMPLATE_GENERATION]: generation, ...annotations } = object.metadata.annotations ?? {}
  if (generation === undefined) return object
  const { annotations: _all, ...metadata } = object.metadata
  const kept = Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations }
  return { ...object, metadata: kept, spec: { ...object.spec, templateGeneration: Number(generation) } }
}

function daemonSetToStored(object: LegacyObject): LegacyObject {
  const { templateGeneration, ...spec } = object.spec ?? {}
  if (typeof templateGeneration !== 'number') return object
  const annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(templateGeneration) }
  return { ...object, metadata: { ...object.metadata, annotations }, spec }
}

const daemonSets: readonly LegacyVersion[] = [
  legacyVersion(daemonSet, {
    ...EXTENSIONS,
    fromStored: daemonSetFromStored,
    toStored: daemonSetToStored,
    defaults: (object) => {
      fromTemplateLabels(object)
      rollingDefaults(object, 'updateStrategy', 'OnDelete', {})
    },
  }),
  legacyVersion(daemonSet, APPS_V1BETA2),
]

const statefulSets: readonly LegacyVersion[] = [
  legacyVersion(statefulSet, {
    ...APPS_V1BETA1,
    since: 5,
    scale: scaleVersion(APPS_V1BETA1.groupVersion),
    defaults: (object) => {
      fromTemplateLabels(object)
      rollingDefaults(object, 'updateStrategy', 'OnDelete', {})
    },
  }),
  legacyVersion(statefulSet, { ...APPS_V1BETA2, scale: scaleVersion(APPS_V1BETA2.groupVersion) }),
]

export const legacyWorkloads: readonly LegacyVersion[] = [
  ...deployments,
  ...replicaSets,
  ...daemonSets,
  ...statefulSets,
  legacyVersion(controllerRevision, { ...APPS_V1BETA1, orphansByDefault: false }),
  legacyVersion(controllerRevision, { ...APPS_V1BETA2, orphansByDefault: false }),
]
