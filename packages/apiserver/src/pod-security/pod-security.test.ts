import { describe, expect, test } from 'vitest'
import type { PodSpec } from '../objects/index.ts'
import { levelText, policyOf, violations, type PolicyLevel } from './index.ts'

type SpecPart = Omit<Partial<PodSpec>, 'containers'> & { readonly containers?: readonly object[] }

function told(
  level: PolicyLevel['level'],
  { containers = [{}], ...spec }: SpecPart,
  annotations = {},
  minor?: number,
): string {
  const named = containers.map((container, index) => ({ name: 'abc'[index] ?? '', image: 'i', ...container }))
  const pod = { spec: { ...spec, containers: named }, annotations }
  return violations({ level, minor }, pod)
    .map(({ reason, detail }) => `${reason} (${detail})`)
    .join(', ')
}

const secure = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}
const with_ = (securityContext: object): SpecPart => ({ containers: [{ securityContext }] })

describe('baseline', () => {
  test.each<[string, SpecPart, string]>([
    ['an ordinary pod', {}, ''],
    ['the node’s namespaces', { hostNetwork: true, hostIPC: true }, 'host namespaces (hostNetwork=true, hostIPC=true)'],
    [
      'privileged containers',
      { containers: [{ securityContext: { privileged: true } }, {}, { securityContext: { privileged: true } }] },
      'privileged (containers "a", "c" must not set securityContext.privileged=true)',
    ],
    [
      'init containers first',
      {
        initContainers: [{ name: 'z', image: 'i', securityContext: { privileged: true } }],
        ...with_({ privileged: true }),
      },
      'privileged (containers "z", "a" must not set securityContext.privileged=true)',
    ],
    [
      'capabilities',
      with_({ capabilities: { add: ['SYS_TIME', 'CHOWN', 'NET_ADMIN'] } }),
      'non-default capabilities (container "a" must not include "NET_ADMIN", "SYS_TIME" in securityContext.capabilities.add)',
    ],
    [
      'volumes of the node',
      {
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'w', emptyDir: {} },
        ],
      },
      'hostPath volumes (volume "v")',
    ],
    [
      'ports of the node',
      {
        containers: [{ ports: [{ containerPort: 1, hostPort: 80 }] }, { ports: [{ containerPort: 1, hostPort: 443 }] }],
      },
      'hostPort (containers "a", "b" use hostPorts 443, 80)',
    ],
    [
      'probes elsewhere',
      { containers: [{ livenessProbe: { httpGet: { port: 80, host: '10.0.0.1' } } }] },
      'probe or lifecycle host (container "a" uses probe or lifecycle host "10.0.0.1")',
    ],
    [
      'procMount',
      with_({ procMount: 'Unmasked' }),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    ['procMount among own users', { hostUsers: false, ...with_({ procMount: 'Unmasked' }) }, ''],
    [
      'SELinux',
      {
        securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } },
        ...with_({ seLinuxOptions: { role: 'r' } }),
      },
      'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
    ],
    [
      'seccomp',
      with_({ seccompProfile: { type: 'Unconfined' } }),
      'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'sysctls',
      {
        securityContext: {
          sysctls: [
            { name: 'kernel.msgmax', value: '1' },
            { name: 'net.ipv4.tcp_rmem', value: '1' },
          ],
        },
      },
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'AppArmor',
      with_({ appArmorProfile: { type: 'Unconfined' } }),
      'forbidden AppArmor profile (container "a" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'several, in the order of the checks',
      { hostPID: true, ...with_({ privileged: true }) },
      'host namespaces (hostPID=true), privileged (container "a" must not set securityContext.privileged=true)',
    ],
  ])('%s', (_, spec, expected) => expect(told('baseline', spec)).toBe(expected))
})

test.each<[string, Record<string, string>, number, string]>([
  ['of the pod', { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }, 18, 'annotation'],
  ['of a container', { 'container.seccomp.security.alpha.kubernetes.io/a': '' }, 0, 'annotation'],
  ['known', { 'seccomp.security.alpha.kubernetes.io/pod': 'docker/default' }, 18, ''],
  ['of the node', { 'container.seccomp.security.alpha.kubernetes.io/a': 'localhost/x' }, 18, ''],
  ['of nobody', { 'container.seccomp.security.alpha.kubernetes.io/zz': 'unconfined' }, 18, ''],
  ['when there are fields', { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }, 19, ''],
])('a seccomp annotation %s', (_, annotations, minor, expected) => {
  const [[key = '', value = ''] = []] = Object.entries(annotations)
  const refused = `seccompProfile (forbidden annotation ${key}=${JSON.stringify(value)})`
  expect(told('baseline', {}, annotations, minor)).toBe(expected === '' ? '' : refused)
})

describe('restricted', () => {
  const ordinary =
    'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), ' +
    'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), ' +
    'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), ' +
    'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'

  test.each<[string, SpecPart, string]>([
    ['an ordinary pod', {}, ordinary],
    ['a hardened pod', with_(secure), ''],
    [
      'what the pod says for all',
      {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        ...with_({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }),
      },
      '',
    ],
    [
      'volumes of other kinds, told once',
      {
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'n', nfs: { path: '/', server: 's' } },
        ],
        ...with_(secure),
      },
      'restricted volume types (volumes "v", "n" use restricted volume types "hostPath", "nfs")',
    ],
    [
      'root',
      { securityContext: { runAsUser: 0, runAsNonRoot: false }, ...with_({ ...secure, runAsUser: 0 }) },
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod and container "a" must not set runAsUser=0)',
    ],
    ['root among own users', { hostUsers: false, ...with_({ ...secure, runAsUser: 0 }) }, ''],
    [
      'dropped and added',
      with_({ ...secure, capabilities: { add: ['SYS_TIME'] } }),
      'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; container "a" must not include "SYS_TIME" in securityContext.capabilities.add)',
    ],
    ['Windows', { os: { name: 'windows' }, ...with_({ runAsNonRoot: true }) }, ''],
  ])('%s', (_, spec, expected) => expect(told('restricted', spec)).toBe(expected))

  test('privileged knows no checks, and old versions fewer', () => {
    expect(told('privileged', { hostNetwork: true })).toBe('')
    expect(told('restricted', with_({ ...secure, runAsUser: 0 }), {}, 22)).toBe('')
    expect(told('restricted', with_({ ...secure, runAsUser: 0 }), {}, 23)).toContain('runAsUser=0')
    expect(told('restricted', {}, {}, 99)).toBe(ordinary)
  })
})

describe('labels', () => {
  const read = (labels: Record<string, string>): string => {
    const { enforce, warn, errors } = policyOf(
      Object.fromEntries(Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value])),
    )
    return [levelText(enforce), levelText(warn), ...errors.map(({ field, body }) => `${field}: ${body}`)].join(' | ')
  }

  test.each<[Record<string, string>, string]>([
    [{}, 'privileged:latest | privileged:latest'],
    [{ enforce: 'baseline' }, 'baseline:latest | baseline:latest'],
    [{ enforce: 'baseline', 'enforce-version': 'v1.30', warn: 'restricted' }, 'baseline:v1.30 | restricted:latest'],
    [{ enforce: 'restricted', 'enforce-version': 'v1.30' }, 'restricted:v1.30 | restricted:v1.30'],
    [
      { enforce: 'strict' },
      'restricted:latest | privileged:latest | metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    ],
    [
      { warn: 'x', 'audit-version': '1.30' },
      'privileged:latest | privileged:latest | metadata.labels[pod-security.kubernetes.io/audit-version]: Invalid value: "1.30": must be "latest" or "v1.x" | metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "x": must be one of privileged, baseline, restricted',
    ],
  ])('%j', (labels, expected) => expect(read(labels)).toBe(expected))
})
