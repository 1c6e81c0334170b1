// Every group version kube-apiserver's scheme knows, served or not: delete options and watch events are kinds of all of them.
// Source: the document of kube-apiserver 1.36; pkg/api/legacyscheme, apiextensions-apiserver pkg/controller/openapi/builder.

import { compareText } from '@podwire/engine'
import type { GroupVersionKind } from './json-schema.ts'

/** A group and version: '' and v1 for core. */
export type GroupVersion = Pick<GroupVersionKind, 'group' | 'version'>

/** By group, versions in order of their text. */
const SCHEME: Readonly<Record<string, string>> = {
  '': 'v1',
  'admissionregistration.k8s.io': 'v1 v1alpha1 v1beta1',
  apps: 'v1 v1beta1 v1beta2',
  'authentication.k8s.io': 'v1 v1alpha1 v1beta1',
  'authorization.k8s.io': 'v1 v1beta1',
  autoscaling: 'v1 v2',
  batch: 'v1 v1beta1',
  'certificates.k8s.io': 'v1 v1alpha1 v1beta1',
  'coordination.k8s.io': 'v1 v1alpha2 v1beta1',
  'discovery.k8s.io': 'v1 v1beta1',
  'events.k8s.io': 'v1 v1beta1',
  extensions: 'v1beta1',
  'flowcontrol.apiserver.k8s.io': 'v1 v1beta1 v1beta2 v1beta3',
  'internal.apiserver.k8s.io': 'v1alpha1',
  'networking.k8s.io': 'v1 v1beta1',
  'node.k8s.io': 'v1 v1alpha1 v1beta1',
  policy: 'v1 v1beta1',
  'rbac.authorization.k8s.io': 'v1 v1alpha1 v1beta1',
  'resource.k8s.io': 'v1 v1alpha3 v1beta1 v1beta2',
  'scheduling.k8s.io': 'v1 v1alpha2 v1beta1',
  'storage.k8s.io': 'v1 v1alpha1 v1beta1',
  'storagemigration.k8s.io': 'v1beta1',
}

/** Of the servers for definitions and for further servers, and of webhooks. */
const BESIDE: Readonly<Record<string, string>> = {
  'admission.k8s.io': 'v1 v1beta1',
  'apiextensions.k8s.io': 'v1 v1beta1',
  'apiregistration.k8s.io': 'v1 v1beta1',
  'imagepolicy.k8s.io': 'v1alpha1',
}

function listed(table: Readonly<Record<string, string>>): readonly GroupVersion[] {
  return Object.entries(table).flatMap(([group, versions]) =>
    versions.split(' ').map((version) => ({ group, version })),
  )
}

/** What documents of custom kinds know of: not even their own. */
export const SCHEME_VERSIONS: readonly GroupVersion[] = listed(SCHEME)

/** @param served versions of built-in groups, which an older release has more of */
export function allVersions(served: readonly GroupVersion[]): readonly GroupVersion[] {
  const all = [...SCHEME_VERSIONS, ...listed(BESIDE), ...served]
  const byName = new Map(all.map((version) => [`${version.group}/${version.version}`, version]))
  return [...byName.values()].sort((a, b) => compareText(a.group, b.group) || compareText(a.version, b.version))
}
