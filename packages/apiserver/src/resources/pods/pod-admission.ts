// What admission adds to every new pod: service account and its token, tolerations. Other plugins are in admission/.
// Source: kubernetes plugin/pkg/admission/{serviceaccount,defaulttolerationseconds}.
// Departure: the service account `default` need not exist yet; on a real server the first pods of a namespace wait for it.

import type { Container, Pod, PodSpec, ServiceAccount, Toleration, Volume, VolumeMount } from '../../objects/index.ts'
import { forbidden } from '../../status/errors.ts'
import { deepFreeze } from '../../store/deep-freeze.ts'
import { pathSegmentName } from '../../validation/names.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { pods, serviceAccounts } from '../served-types.ts'
import { secretsProblem } from './mountable-secrets.ts'
import { MIRROR_ANNOTATION, mirrorProblem } from './mirror-pod.ts'

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
const TOLERATION_SECONDS = 300

export function admitPod(pod: Mutable<Pod>, context: StrategyContext): void {
  if (isMirrorPod(pod)) refuseReferences(pod)
  else admitServiceAccount(pod, context)
  admitTolerations(pod.spec)
}

function refuseReferences(pod: Pod): void {
  const problem = mirrorProblem(pod.spec)
  if (problem !== undefined) throw forbidden(pods, askedName(pod), problem)
}

function isMirrorPod({ metadata: { annotations } }: Pod): boolean {
  return annotations !== undefined && Object.hasOwn(annotations, MIRROR_ANNOTATION)
}

/** Told before what plugins that come later refuse. @throws StatusError 403 */
export function refuseForAccount(pod: Pod, context: StrategyContext): void {
  if (isMirrorPod(pod)) refuseReferences(pod)
  else limitSecrets(pod, pod.spec, findAccount(pod, pod.spec.serviceAccountName || 'default', context))
}

function limitSecrets(pod: Pod, spec: PodSpec, account: ServiceAccount | undefined): void {
  const problem = account === undefined ? undefined : secretsProblem(account, spec)
  if (problem !== undefined) throw forbidden(pods, askedName(pod), problem)
}

function findAccount(pod: Pod, name: string, context: StrategyContext): ServiceAccount | undefined {
  const { namespace = '' } = pod.metadata
  const account = context.find(serviceAccounts, namespace, name)
  if (account !== undefined || name === 'default') return account
  const problems = pathSegmentName(name)
  const why =
    problems.length > 0
      ? `invalid resource name "${name}": [${problems.join(' ')}]`
      : `serviceaccount "${name}" not found`
  throw forbidden(pods, askedName(pod), `error looking up service account ${namespace}/${name}: ${why}`)
}

function admitServiceAccount(pod: Mutable<Pod>, context: StrategyContext): void {
  const { spec } = pod
  const name = spec.serviceAccountName || 'default'
  spec.serviceAccountName = name
  spec.serviceAccount = name
  const account = findAccount(pod, name, context)
  if (spec.imagePullSecrets === undefined && account?.imagePullSecrets !== undefined) {
    spec.imagePullSecrets = account.imagePullSecrets.map((reference) => ({ ...reference }))
  }
  if (spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true) mountToken(spec, context)
  limitSecrets(pod, spec, account)
}

/** Admission does not know a generated name yet. */
function askedName({ metadata: { name, generateName = '' } }: Pod): string {
  return generateName !== '' && name.startsWith(generateName) ? generateName : name
}

/** One volume for all containers that have nothing mounted at the token's path. */
function mountToken(spec: Mutable<PodSpec>, context: StrategyContext): void {
  const { initContainers = NO_CONTAINERS, containers } = spec
  if (!initContainers.some(lacksToken) && !containers.some(lacksToken)) return
  const known = spec.volumes?.find((volume) => volume.name.startsWith('kube-api-access-'))
  const name = known?.name ?? `kube-api-access-${context.random.nameSuffix()}`
  const mount = Object.freeze({ name, readOnly: true, mountPath: TOKEN_PATH })
  for (const container of initContainers) if (lacksToken(container)) addMount(container, mount)
  for (const container of containers) if (lacksToken(container)) addMount(container, mount)
  if (known !== undefined) return
  const volume = { name, projected: TOKEN_SOURCES }
  if (spec.volumes === undefined) spec.volumes = [volume]
  else spec.volumes.push(volume)
}

const NO_CONTAINERS: Mutable<Container>[] = []

function lacksToken({ volumeMounts }: Mutable<Container>): boolean {
  return volumeMounts === undefined || !volumeMounts.some(({ mountPath }) => mountPath === TOKEN_PATH)
}

function addMount(container: Mutable<Container>, mount: Mutable<VolumeMount>): void {
  if (container.volumeMounts === undefined) container.volumeMounts = [mount]
  else container.volumeMounts.push(mount)
}

/** Shared by all pods, so that what is known of it is known once; nothing edits it, as stored objects are frozen. */
export const TOKEN_SOURCES = deepFreeze<NonNullable<Mutable<Volume>['projected']>>({
  sources: [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] },
    },
  ],
  defaultMode: 0o644,
})

function evictionToleration(key: string): Mutable<Toleration> {
  return Object.freeze({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS })
}

const NOT_READY = evictionToleration('node.kubernetes.io/not-ready')
const UNREACHABLE = evictionToleration('node.kubernetes.io/unreachable')

/** Those of pods that have no others: one list for all of them, which is known to be valid. */
export const EVICTION_TOLERATIONS = deepFreeze([NOT_READY, UNREACHABLE])

/** A pod stays five minutes on a node that is lost, unless it says otherwise. */
export function admitTolerations(spec: Mutable<PodSpec>): void {
  if (spec.tolerations === undefined) {
    spec.tolerations = EVICTION_TOLERATIONS
    return
  }
  for (const toleration of [NOT_READY, UNREACHABLE]) {
    const handled = spec.tolerations.some(
      ({ key = '', effect = '' }) =>
        (key === toleration.key || key === '') && (effect === 'NoExecute' || effect === ''),
    )
    if (!handled) spec.tolerations.push(toleration)
  }
}
