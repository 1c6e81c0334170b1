// The checks the restricted level adds: what a hardened pod says of itself. In order of their ids, as violations are told.
// Source: pod-security-admission policy/check_*.go.

import { badSeccomp, isSeccomp, procMount } from './baseline-checks.ts'
import {
  containersOf,
  distinct,
  isWindows,
  named,
  ownUsers,
  plural,
  quoted,
  setters,
  type Check,
  type CheckedPod,
  type Violation,
} from './check.ts'

function privilegeEscalation(pod: CheckedPod, minor: number): Violation | undefined {
  if (minor >= 25 && isWindows(pod)) return undefined
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false)
  if (bad.length === 0) return undefined
  const detail = `${named(bad)} must set securityContext.allowPrivilegeEscalation=false`
  return { reason: 'allowPrivilegeEscalation != false', detail }
}

function capabilities(pod: CheckedPod, minor: number): Violation | undefined {
  if (minor >= 25 && isWindows(pod)) return undefined
  const all = containersOf(pod)
  const added = ({ securityContext }: (typeof all)[number]): readonly string[] =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE')
  const keeping = all.filter(({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true)
  const adding = all.filter((container) => added(container).length > 0)
  const details = [
    ...(keeping.length === 0 ? [] : [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`]),
    ...(adding.length === 0
      ? []
      : [
          `${named(adding)} must not include ${quoted(distinct(adding.flatMap(added)))} in securityContext.capabilities.add`,
        ]),
  ]
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') }
}

const ALLOWED_VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

function volumes({ spec }: CheckedPod): Violation | undefined {
  const kindOf = ({ name: _name, ...source }: NonNullable<typeof spec.volumes>[number]): string =>
    Object.keys(source)[0] ?? 'unknown'
  const bad = (spec.volumes ?? []).filter((volume) => !ALLOWED_VOLUMES.has(kindOf(volume)))
  if (bad.length === 0) return undefined
  const kinds = distinct(bad.map(kindOf))
  const names = quoted(bad.map(({ name }) => name))
  const who = `${plural(bad.length, 'volume', 'volumes')} ${names} ${plural(bad.length, 'uses', 'use')}`
  const what = plural(kinds.length, 'restricted volume type', 'restricted volume types')
  return { reason: 'restricted volume types', detail: `${who} ${what} ${quoted(kinds)}` }
}

function nonRoot(pod: CheckedPod, minor: number): Violation | undefined {
  if (minor >= 35 && ownUsers(pod)) return undefined
  const reason = 'runAsNonRoot != true'
  const ofPod = pod.spec.securityContext?.runAsNonRoot
  const all = containersOf(pod)
  const root = all.filter(({ securityContext }) => securityContext?.runAsNonRoot === false)
  if (ofPod === false || root.length > 0) {
    return { reason, detail: `${setters(ofPod === false, root)} must not set securityContext.runAsNonRoot=false` }
  }
  const silent = ofPod === true ? [] : all.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined)
  if (silent.length === 0) return undefined
  return { reason, detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` }
}

function rootUser(pod: CheckedPod, minor: number): Violation | undefined {
  if (minor >= 35 && ownUsers(pod)) return undefined
  const ofPod = pod.spec.securityContext?.runAsUser === 0
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.runAsUser === 0)
  if (!ofPod && bad.length === 0) return undefined
  return { reason: 'runAsUser=0', detail: `${setters(ofPod, bad)} must not set runAsUser=0` }
}

function seccomp(pod: CheckedPod, minor: number): Violation | undefined {
  if (minor >= 25 && isWindows(pod)) return undefined
  const bad = badSeccomp(pod)
  if (bad !== undefined) return bad
  if (isSeccomp(pod.spec.securityContext?.seccompProfile?.type)) return undefined
  const silent = containersOf(pod).filter(({ securityContext }) => securityContext?.seccompProfile === undefined)
  if (silent.length === 0) return undefined
  const detail = `pod or ${named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
  return { reason: 'seccompProfile', detail }
}

export const RESTRICTED_CHECKS: readonly Check[] = [
  { id: 'allowPrivilegeEscalation', since: 8, run: privilegeEscalation },
  { id: 'capabilities_restricted', since: 22, replaces: 'capabilities_baseline', run: capabilities },
  { id: 'procMount_restricted', since: 35, replaces: 'procMount', run: procMount },
  { id: 'restrictedVolumes', since: 0, replaces: 'hostPathVolumes', run: volumes },
  { id: 'runAsNonRoot', since: 0, run: nonRoot },
  { id: 'runAsUser', since: 23, run: rootUser },
  { id: 'seccompProfile_restricted', since: 19, replaces: 'seccompProfile_baseline', run: seccomp },
]
