// The checks of the baseline level: what lets a pod reach its node. In order of their ids, as violations are told.
// Source: pod-security-admission policy/check_*.go.

import {
  containersOf,
  distinct,
  named,
  ownUsers,
  plural,
  quoted,
  setters,
  type Check,
  type CheckedPod,
  type Violation,
} from './check.ts'

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

const APP_ARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/'

function appArmor(pod: CheckedPod): Violation | undefined {
  const isBad = (type: string | undefined): boolean =>
    type !== undefined && !['RuntimeDefault', 'Localhost'].includes(type)
  const ofPod = pod.spec.securityContext?.appArmorProfile?.type
  const bad = containersOf(pod).filter(({ securityContext }) => isBad(securityContext?.appArmorProfile?.type))
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(APP_ARMOR_ANNOTATION) && !/^$|^runtime\/default$|^localhost\//.test(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const types = [
    ...(isBad(ofPod) ? [ofPod ?? ''] : []),
    ...bad.map((one) => one.securityContext?.appArmorProfile?.type ?? ''),
  ]
  const values = [...distinct(types), ...distinct(annotations)]
  if (values.length === 0) return undefined
  const by = [
    setters(isBad(ofPod), bad),
    annotations.length === 0 ? '' : plural(annotations.length, 'annotation', 'annotations'),
  ].filter((text) => text !== '')
  return {
    reason: plural(values.length, 'forbidden AppArmor profile', 'forbidden AppArmor profiles'),
    detail: `${by.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  }
}

function capabilities(pod: CheckedPod): Violation | undefined {
  const added = (container: ReturnType<typeof containersOf>[number]): readonly string[] =>
    (container.securityContext?.capabilities?.add ?? []).filter((name) => !DEFAULT_CAPABILITIES.has(name))
  const bad = containersOf(pod).filter((container) => added(container).length > 0)
  if (bad.length === 0) return undefined
  const names = quoted(distinct(bad.flatMap(added)))
  const detail = `${named(bad)} must not include ${names} in securityContext.capabilities.add`
  return { reason: 'non-default capabilities', detail }
}

function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name] === true)
  if (used.length === 0) return undefined
  return { reason: 'host namespaces', detail: used.map((name) => `${name}=true`).join(', ') }
}

function hostPathVolumes({ spec }: CheckedPod): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name)
  if (names.length === 0) return undefined
  return { reason: 'hostPath volumes', detail: `${plural(names.length, 'volume', 'volumes')} ${quoted(names)}` }
}

function hostPorts(pod: CheckedPod): Violation | undefined {
  const portsOf = ({ ports = [] }: ReturnType<typeof containersOf>[number]): readonly string[] =>
    ports.flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : String(hostPort)))
  const bad = containersOf(pod).filter((container) => portsOf(container).length > 0)
  if (bad.length === 0) return undefined
  const ports = distinct(bad.flatMap(portsOf))
  const uses = `${plural(bad.length, 'uses', 'use')} ${plural(ports.length, 'hostPort', 'hostPorts')}`
  return { reason: 'hostPort', detail: `${named(bad)} ${uses} ${ports.join(', ')}` }
}

interface Handler {
  readonly httpGet?: { readonly host?: string }
  readonly tcpSocket?: { readonly host?: string }
}

function probeHosts(pod: CheckedPod): Violation | undefined {
  const hostsOf = (container: ReturnType<typeof containersOf>[number]): readonly string[] => {
    const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container
    const handlers: readonly (Handler | undefined)[] = [
      livenessProbe,
      readinessProbe,
      startupProbe,
      lifecycle?.postStart,
      lifecycle?.preStop,
    ]
    return handlers
      .flatMap((handler) => [handler?.httpGet?.host ?? '', handler?.tcpSocket?.host ?? ''])
      .filter((host) => host !== '')
  }
  const bad = containersOf(pod).filter((container) => hostsOf(container).length > 0)
  if (bad.length === 0) return undefined
  const hosts = distinct(bad.flatMap(hostsOf))
  const names = distinct(bad.map(({ name }) => name))
  const who = `${plural(names.length, 'container', 'containers')} ${quoted(names)} ${plural(names.length, 'uses', 'use')}`
  const what = plural(hosts.length, 'probe or lifecycle host', 'probe or lifecycle hosts')
  return { reason: 'probe or lifecycle host', detail: `${who} ${what} ${quoted(hosts)}` }
}

function privileged(pod: CheckedPod): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.privileged === true)
  if (bad.length === 0) return undefined
  return { reason: 'privileged', detail: `${named(bad)} must not set securityContext.privileged=true` }
}

export function procMount(pod: CheckedPod): Violation | undefined {
  const typeOf = ({ securityContext }: ReturnType<typeof containersOf>[number]): string =>
    securityContext?.procMount ?? 'Default'
  const bad = containersOf(pod).filter((container) => typeOf(container) !== 'Default')
  if (bad.length === 0) return undefined
  const detail = `${named(bad)} must not set securityContext.procMount to ${quoted(distinct(bad.map(typeOf)))}`
  return { reason: 'procMount', detail }
}

interface SeLinux {
  readonly type?: string
  readonly user?: string
  readonly role?: string
}

function seLinux(pod: CheckedPod, minor: number): Violation | undefined {
  const allowed = [
    '',
    'container_t',
    'container_init_t',
    'container_kvm_t',
    ...(minor >= 31 ? ['container_engine_t'] : []),
  ]
  const isBad = ({ type = '', user = '', role = '' }: SeLinux = {}): boolean =>
    !allowed.includes(type) || user !== '' || role !== ''
  const ofPod = pod.spec.securityContext?.seLinuxOptions
  const bad = containersOf(pod).filter(({ securityContext }) => isBad(securityContext?.seLinuxOptions))
  if (!isBad(ofPod) && bad.length === 0) return undefined
  const all: readonly SeLinux[] = [
    ofPod ?? {},
    ...bad.map(({ securityContext }) => securityContext?.seLinuxOptions ?? {}),
  ]
  const types = distinct(all.map(({ type = '' }) => type).filter((type) => !allowed.includes(type)))
  const data = [
    ...(types.length === 0 ? [] : [`${plural(types.length, 'type', 'types')} ${quoted(types)}`]),
    ...(all.some(({ user = '' }) => user !== '') ? ['user may not be set'] : []),
    ...(all.some(({ role = '' }) => role !== '') ? ['role may not be set'] : []),
  ]
  const who = setters(isBad(ofPod), bad)
  return { reason: 'seLinuxOptions', detail: `${who} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}` }
}

export function isSeccomp(type: string | undefined): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost'
}

/** Somebody asks for a profile that is none. */
export function badSeccomp(pod: CheckedPod): Violation | undefined {
  const isBad = (type: string | undefined): boolean => type !== undefined && !isSeccomp(type)
  const ofPod = pod.spec.securityContext?.seccompProfile?.type
  const bad = containersOf(pod).filter(({ securityContext }) => isBad(securityContext?.seccompProfile?.type))
  if (!isBad(ofPod) && bad.length === 0) return undefined
  const types = [
    ...(isBad(ofPod) ? [ofPod ?? ''] : []),
    ...bad.map((one) => one.securityContext?.seccompProfile?.type ?? ''),
  ]
  const who = setters(isBad(ofPod), bad)
  const detail = `${who} must not set securityContext.seccompProfile.type to ${quoted(distinct(types))}`
  return { reason: 'seccompProfile', detail }
}

const POD_SECCOMP = 'seccomp.security.alpha.kubernetes.io/pod'
const CONTAINER_SECCOMP = 'container.seccomp.security.alpha.kubernetes.io/'

/** Before the field there were annotations, of the pod and of each container there is. */
function seccompAnnotations(pod: CheckedPod): Violation | undefined {
  const keys = [POD_SECCOMP, ...containersOf(pod).map(({ name }) => `${CONTAINER_SECCOMP}${name}`)]
  const bad = distinct(keys).flatMap((key) => {
    const value = pod.annotations[key]
    const isKnown = value === undefined || ['runtime/default', 'docker/default'].includes(value)
    return isKnown || value.startsWith('localhost/') ? [] : [`${key}=${JSON.stringify(value)}`]
  })
  if (bad.length === 0) return undefined
  const detail = `forbidden ${plural(bad.length, 'annotation', 'annotations')} ${bad.join(', ')}`
  return { reason: 'seccompProfile', detail }
}

/** Safe sysctls, with the version that allowed them. */
const SYSCTLS: ReadonlyMap<string, number> = new Map([
  ['kernel.shm_rmid_forced', 0],
  ['net.ipv4.ip_local_port_range', 0],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.ipv4.ping_group_range', 0],
  ['net.ipv4.ip_unprivileged_port_start', 0],
  ['net.ipv4.ip_local_reserved_ports', 27],
  ['net.ipv4.tcp_keepalive_time', 29],
  ['net.ipv4.tcp_fin_timeout', 29],
  ['net.ipv4.tcp_keepalive_intvl', 29],
  ['net.ipv4.tcp_keepalive_probes', 29],
  ['net.ipv4.tcp_rmem', 32],
  ['net.ipv4.tcp_wmem', 32],
])

function sysctls({ spec }: CheckedPod, minor: number): Violation | undefined {
  const bad = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter((name) => (SYSCTLS.get(name) ?? Infinity) > minor)
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') }
}

function hostProcess(pod: CheckedPod): Violation | undefined {
  const ofPod = pod.spec.securityContext?.windowsOptions?.hostProcess === true
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true)
  if (!ofPod && bad.length === 0) return undefined
  const detail = `${setters(ofPod, bad)} must not set securityContext.windowsOptions.hostProcess=true`
  return { reason: 'hostProcess', detail }
}

export const BASELINE_CHECKS: readonly Check[] = [
  { id: 'appArmorProfile', since: 0, run: appArmor },
  { id: 'capabilities_baseline', since: 0, run: capabilities },
  { id: 'hostNamespaces', since: 0, run: hostNamespaces },
  { id: 'hostPathVolumes', since: 0, run: hostPathVolumes },
  { id: 'hostPorts', since: 0, run: hostPorts },
  { id: 'hostProbesAndHostLifecycle', since: 34, run: probeHosts },
  { id: 'privileged', since: 0, run: privileged },
  { id: 'procMount', since: 0, run: (pod, minor) => (minor >= 35 && ownUsers(pod) ? undefined : procMount(pod)) },
  { id: 'seLinuxOptions', since: 0, run: seLinux },
  { id: 'seccompProfile_baseline', since: 0, run: (pod, minor) => (minor < 19 ? seccompAnnotations : badSeccomp)(pod) },
  { id: 'sysctls', since: 0, run: sysctls },
  { id: 'windowsHostProcess', since: 0, run: hostProcess },
]
