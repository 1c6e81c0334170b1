import { describe, expect, it } from 'vitest'
import { podTemplate } from '../core/pod-template.ts'
import { create, testContext } from '../strategy-run.suite.ts'
import { container, volume, warningsOf } from './validation/refusals.suite.ts'

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const NO_SELECTOR = 'a null labelSelector results in matching no pod'
const two = (first: object, second: object): object => ({
  containers: [
    { name: 'a', image: 'i:1', ports: [first] },
    { name: 'b', image: 'i:1', ports: [second] },
  ],
})
const overlaps = 'spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]'

describe('warnings', () => {
  it.each<readonly [string, object, readonly string[]]>([
    [
      'old labels of nodes',
      { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      'fractions of bytes, each kind by itself',
      container({
        resources: {
          limits: { memory: '1500m', 'ephemeral-storage': '1500m' },
          requests: { memory: '500m', 'ephemeral-storage': '500m' },
        },
      }),
      [
        ['limits', 'memory', '1500m'],
        ['requests', 'memory', '500m'],
        ['limits', 'ephemeral-storage', '1500m'],
        ['requests', 'ephemeral-storage', '500m'],
      ].map(
        ([kind, name, amount]) =>
          `spec.containers[0].resources.${kind}[${name}]: fractional byte value "${amount}" is invalid, must be an integer`,
      ),
    ],
    [
      'spreading of no pods',
      {
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'failure-domain.beta.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
        ],
      },
      [
        'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
        `spec.topologySpreadConstraints[0].labelSelector: ${NO_SELECTOR}`,
      ],
    ],
    [
      'nearness to no pods',
      { affinity: { podAntiAffinity: { [REQUIRED]: [{ topologyKey: 'a' }] } } },
      [`spec.affinity.podAntiAffinity.${REQUIRED}[0].labelSelector: ${NO_SELECTOR}`],
    ],
    [
      'volumes nothing mounts',
      {
        volumes: [
          { name: 'a', gitRepo: { repository: 'r' } },
          { name: 'b', storageos: { volumeName: 'b' } },
        ],
      },
      [
        'spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+',
        'spec.volumes[1].storageOS: deprecated in v1.22, non-functional in v1.25+',
      ],
    ],
    [
      'files in files',
      volume({
        configMap: {
          name: 'c',
          items: [
            { key: 'a', path: 'x' },
            { key: 'b', path: 'x/y' },
          ],
        },
      }),
      ['volume "v" (ConfigMap "c"): overlapping paths: "x/y" with "x"'],
    ],
    [
      'files of several sources',
      volume({
        projected: {
          sources: [
            { secret: { name: 's', items: [{ key: 'a', path: 'x' }] } },
            { serviceAccountToken: { path: 'x/t' } },
            { clusterTrustBundle: { path: 'y' } },
          ],
        },
      }),
      [
        'volume "v" (Projected) has no sources provided',
        'volume "v" (Projected): overlapping paths: "x/t" (ServiceAccountToken) with "x" (Secret "s")',
      ],
    ],
    [
      'parts of bytes',
      container({ resources: { requests: { memory: '1500m' } } }),
      ['spec.containers[0].resources.requests[memory]: fractional byte value "1500m" is invalid, must be an integer'],
    ],
    [
      'variables that grow',
      container({
        env: [
          { name: 'A', value: 'x' },
          { name: 'A', value: '$(A):y' },
        ],
      }),
      [],
    ],
    [
      'variables that replace',
      container({
        env: [
          { name: 'A', value: 'x' },
          { name: 'A', value: '$(A)' },
        ],
      }),
      ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      'secrets and aliases twice',
      { imagePullSecrets: [{ name: 'a' }, { name: 'a' }], hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }] },
      ['spec.hostAliases[1].ip: duplicate ip "10.0.0.1"', 'spec.imagePullSecrets[1].name: duplicate name "a"'],
    ],
    [
      'a host without its port',
      container({ ports: [{ containerPort: 80, hostIP: '10.0.0.1', name: 'web' }] }),
      [
        'spec.containers[0].ports[0]: hostIP set without hostPort: {Name:web HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}',
      ],
    ],
    ['ports of two containers', two({ containerPort: 80, hostPort: 1 }, { containerPort: 80 }), [overlaps]],
    [
      'ports of one address and of all',
      two({ containerPort: 80, hostPort: 1 }, { containerPort: 80, hostPort: 1, hostIP: '10.0.0.1' }),
      [overlaps.replace('overlapping', 'dangerously ambiguous')],
    ],
    [
      'names of ports',
      two({ containerPort: 80, name: 'web' }, { containerPort: 81, name: 'web' }),
      [
        'spec.containers[1].ports[0]: duplicate port name "web" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
      ],
    ],
    [
      'spellings of addresses',
      { dnsConfig: { nameservers: ['2001:DB8::1'] } },
      [
        'spec.dnsConfig.nameservers[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
      ],
    ],
  ])('about %s', (_, spec, warnings) => {
    expect(warningsOf(spec)).toEqual(warnings)
  })

  it('not about a template whose pod already says what the annotation does', () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/main'
    const warned = (securityContext: object): readonly string[] => {
      const context = testContext()
      const metadata = { annotations: { [key]: 'runtime/default' } }
      create(podTemplate, { template: { metadata, spec: { ...container({}), securityContext } } }, context)
      return context.warnings
    }
    expect(warned({ appArmorProfile: { type: 'RuntimeDefault' } })).toEqual([])
    expect(warned({})).toEqual([
      `template.metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
    ])
  })

  it('about annotations that mean nothing any more', () => {
    const annotations = {
      'scheduler.alpha.kubernetes.io/critical-pod': '',
      'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
      'container.apparmor.security.beta.kubernetes.io/main': 'runtime/default',
    }
    expect(warningsOf({}, { annotations })).toEqual([
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/main]: deprecated since v1.30; use the ' +
        '"appArmorProfile" field instead',
      'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the ' +
        '"priorityClassName" field instead',
      'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" ' +
        'field instead',
    ])
  })
})
