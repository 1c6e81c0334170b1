// What may happen to a pod that is there: updates, status, ephemeral containers, resizes.

import { describe, expect, it } from 'vitest'
import type { Pod } from '../../objects/index.ts'
import { create, testContext, update } from '../strategy-run.suite.ts'
import { pod } from './pod.ts'
import { causesOf } from './validation/refusals.suite.ts'

const REFUSAL = /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,/

function made(spec: object = {}, status: object = {}): Pod {
  const object = create(pod, {
    metadata: { name: 'p' },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'main', image: 'img:1' }], ...spec },
  })
  return { ...object, status: { ...object.status, ...status } }
}

function changed(old: Pod, spec: object): readonly string[] {
  return causesOf(() => update(pod, old, { ...old, spec: { ...old.spec, ...spec } }, testContext()))
}

describe('updates', () => {
  it('list what the new spec itself has wrong first, and the difference last', () => {
    const [first, second, ...rest] = changed(made(), { restartPolicy: 'Maybe' })
    expect(first).toContain('spec.restartPolicy: Unsupported value: "Maybe"')
    expect(second).toMatch(REFUSAL)
    expect(second?.split('\n').slice(1)).toEqual(
      [
        '@@ -100,7 +100,7 @@',
        '   }',
        '  ],',
        '  "EphemeralContainers": null,',
        '- "RestartPolicy": "Always",',
        '+ "RestartPolicy": "Maybe",',
        '  "TerminationGracePeriodSeconds": 30,',
        '  "ActiveDeadlineSeconds": null,',
        '  "DNSPolicy": "ClusterFirst",',
        '',
      ].map((line) => (line.startsWith('@@') ? (expect.stringMatching(/^@@ -\d+,7 \+\d+,7 @@$/) as string) : line)),
    )
    expect(rest).toEqual([])
  })

  it.each<readonly [string, object, object, readonly string[]]>([
    [
      'an image with blanks, twice',
      {},
      { containers: [{ name: 'main', image: 'img:1 ' }] },
      Array.from(
        { length: 2 },
        () => 'spec.containers[0].image: Invalid value: "img:1 ": must not have leading or trailing whitespace',
      ),
    ],
    [
      'a deadline below zero',
      {},
      { activeDeadlineSeconds: -1 },
      [
        'spec.activeDeadlineSeconds: Invalid value: -1: must be between 1 and 2147483647, inclusive',
        'spec.activeDeadlineSeconds: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      ],
    ],
    ['a gate lifted', { schedulingGates: [{ name: 'a' }, { name: 'b' }] }, { schedulingGates: [{ name: 'b' }] }, []],
    [
      'a gate put up',
      { schedulingGates: [{ name: 'a' }] },
      { schedulingGates: [{ name: 'a' }, { name: 'b' }] },
      ["spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'"],
    ],
    [
      'a gated pod may narrow where it goes',
      { schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'b' } },
      { nodeSelector: { a: 'b', c: 'd' } },
      [],
    ],
    [
      'a gated pod may not go elsewhere',
      { schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'b' } },
      { nodeSelector: { a: 'x' } },
      [
        'spec.nodeSelector: Invalid value: {"a":"x"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ],
    ],
    [
      'nor by affinity',
      { schedulingGates: [{ name: 'a' }], affinity: affinity({ key: 'a', operator: 'Exists' }) },
      { affinity: affinity({ key: 'b', operator: 'Exists' }) },
      [
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]: Invalid value: {"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}: only additions are allowed (no mutations or deletions)',
      ],
    ],
    [
      'a toleration for longer',
      {},
      {
        tolerations: [
          { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
        ],
      },
      [],
    ],
  ])('%s', (_, before, now, causes) => {
    expect(changed(made(before), now)).toEqual(causes)
  })

  it.each<readonly [string, object]>([
    ['resources', { containers: [{ name: 'main', image: 'img:1', resources: { requests: { cpu: '1' } } }] }],
    ['the node', { nodeName: 'n' }],
    ['where an ungated pod goes', { nodeSelector: { a: 'b' } }],
  ])('do not reach %s', (_, spec) => {
    expect(changed(made(), spec)).toEqual([expect.stringMatching(REFUSAL)])
  })

  it('ask twice about annotations when the spec is the same', () => {
    const old = made()
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': 'dear' }
    const next = { ...old, metadata: { ...old.metadata, annotations } }
    const error =
      'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "dear": must be a 32bit integer'
    expect(causesOf(() => update(pod, old, next, testContext()))).toEqual([error, error])
  })

  it('keep AppArmor annotations', () => {
    const old = made()
    const annotations = { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' }
    const next = { ...old, metadata: { ...old.metadata, annotations } }
    expect(causesOf(() => update(pod, old, next, testContext()))).toEqual([
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/main]: Forbidden: may not add AppArmor annotations',
    ])
  })
})

function affinity(expression: object): object {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [expression] }] },
    },
  }
}

function statusErrors(old: Pod, status: object, warnings: string[] = []): readonly string[] {
  const context = { ...testContext(), warn: (text: string) => void warnings.push(text) }
  const next = { ...old, status: { ...old.status, ...status } }
  const errors = pod.strategy.validateStatusUpdate?.(next, old, context) ?? []
  return errors.map(({ field, body }) => `${field}: ${body}`)
}

const state = (name: string, kind: string, exitCode = 0): object => ({
  name,
  state: { [kind]: kind === 'terminated' ? { exitCode } : {} },
})

describe('status', () => {
  it.each<readonly [string, Pod, object, readonly string[]]>([
    [
      'two addresses of a family',
      made(),
      { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
      [
        'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family',
      ],
    ],
    ['one of each', made(), { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] }, []],
    [
      'no address',
      made(),
      { podIPs: [{ ip: 'x' }, { ip: '10.0.0.1' }] },
      [
        'status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        'status.podIPs: Internal error: failed to check for dual stack with error:invalid IP[0]: x',
        'status.podIPs: Invalid value: [{"IP":"x"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family',
      ],
    ],
    [
      'another host',
      made(),
      { hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.2' }] },
      ['status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`'],
    ],
    [
      'another class',
      made(),
      { qosClass: 'Guaranteed' },
      ['status.qosClass: Invalid value: "Guaranteed": field is immutable'],
    ],
    [
      'a condition',
      made(),
      { conditions: [{ type: 'a b', status: 'True' }] },
      [expect.stringContaining('status.conditions[0].Type: Invalid value: "a b": name part') as string],
    ],
    [
      'a container that comes back',
      made({ restartPolicy: 'Never' }, { containerStatuses: [state('main', 'terminated', 1)] }),
      { containerStatuses: [state('main', 'running')] },
      ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
    ],
    [
      'a container that failed and may',
      made({ restartPolicy: 'OnFailure' }, { containerStatuses: [state('main', 'terminated', 1)] }),
      { containerStatuses: [state('main', 'running')] },
      [],
    ],
    [
      'a container with a rule of its own',
      made(
        {
          restartPolicy: 'Never',
          containers: [
            {
              name: 'main',
              image: 'i',
              restartPolicy: 'Never',
              restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
            },
          ],
        },
        { containerStatuses: [state('main', 'terminated', 42)] },
      ),
      { containerStatuses: [state('main', 'running')] },
      [],
    ],
    [
      'a container that another one starts again with all',
      made(
        {
          restartPolicy: 'Never',
          containers: [
            { name: 'main', image: 'i' },
            {
              name: 'other',
              image: 'i',
              restartPolicy: 'Never',
              restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
            },
          ],
        },
        { containerStatuses: [state('main', 'terminated', 1)] },
      ),
      { containerStatuses: [state('main', 'running')] },
      [],
    ],
    [
      'a container that is not of the pod',
      made({}, { containerStatuses: [state('gone', 'terminated', 1)] }),
      { containerStatuses: [state('gone', 'running')] },
      ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
    ],
    [
      'claims',
      made({ resourceClaims: [{ name: 'a', resourceClaimName: 'a' }] }),
      {
        resourceClaimStatuses: [{ name: 'b' }, { name: 'a', resourceClaimName: 'A_' }],
        extendedResourceClaimStatus: {
          requestMappings: [{ containerName: 'x', resourceName: 'e.f/g', requestName: 'r' }],
          resourceClaimName: '',
        },
      },
      [
        'status.resourceClaimStatuses[0].name: Invalid value: "b": must match the name of an entry in `spec.resourceClaims`',
        expect.stringContaining('status.resourceClaimStatuses[1].resourceClaimName: Invalid value: "A_"') as string,
        'status.extendedResourceClaimStatus.requestMappings[0].containerName: Invalid value: "x": must match the name of an ' +
          'entry in spec.initContainers.name or spec.containers.name',
        'status.extendedResourceClaimStatus.resourceClaimName: Required value',
      ],
    ],
    [
      'devices',
      made({ containers: [{ name: 'main', image: 'i', resources: { limits: { 'e.f/g': '1' } } }] }),
      {
        containerStatuses: [
          {
            name: 'main',
            allocatedResourcesStatus: [
              {
                name: 'e.f/g',
                resources: [
                  { resourceID: 'd', health: 'Healthy', message: '' },
                  { resourceID: 'd', health: 'Healthy' },
                ],
              },
            ],
          },
        ],
      },
      [
        'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].message: Required value: must be non-empty if specified',
        'status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID: Duplicate value: "d"',
      ],
    ],
    [
      'nominated though bound',
      made({ nodeName: 'n' }),
      { nominatedNodeName: 'm' },
      ['status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node'],
    ],
  ])('%s', (_, old, status, errors) => {
    expect(statusErrors(old, status)).toEqual(errors)
  })

  it('keeps the generations a client does not know of', () => {
    const condition = { type: 'Ready', status: 'True', observedGeneration: 3 }
    const old = made({}, { observedGeneration: 4, conditions: [condition] })
    const next = structuredClone({ ...old, status: { conditions: [{ type: 'Ready', status: 'False' }] } })
    pod.strategy.prepareForStatusUpdate?.(next as never, old, testContext())
    expect(next.status).toMatchObject({
      observedGeneration: 4,
      conditions: [{ status: 'False', observedGeneration: 3 }],
    })
  })

  it.each<readonly [string, object, object]>([
    ['one alone', { podIP: '10.0.0.1' }, { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }],
    ['the list alone', { podIPs: [{ ip: 'fd00::1' }, { ip: '10.0.0.1' }] }, { podIP: 'fd00::1' }],
    ['both, and they differ', { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.2' }] }, { podIPs: [{ ip: '10.0.0.1' }] }],
  ])('has its addresses in both spellings: %s', (_, status, expected) => {
    const old = made()
    const next = structuredClone({ ...old, status })
    pod.strategy.prepareForStatusUpdate?.(next as never, old, testContext())
    expect(next.status).toMatchObject(expected)
  })

  it('warns of addresses with another spelling', () => {
    const warnings: string[] = []
    expect(statusErrors(made(), { podIPs: [{ ip: 'FD00::1' }] }, warnings)).toEqual([])
    expect(warnings).toEqual([
      'status.podIPs[0].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
    ])
  })
})

function partial(name: string, old: Pod, spec: object): { readonly pod: Pod; readonly errors: readonly string[] } {
  const rule = pod.strategy.partialUpdates?.[name]
  if (rule === undefined) throw new Error(`no subresource ${name}`)
  const next = rule.merge({ ...old, spec: { ...old.spec, ...spec } }, old)
  const draft = structuredClone(next)
  pod.strategy.defaults?.(draft as never, testContext())
  const errors = rule.validate(draft, old, testContext())
  return { pod: draft, errors: errors.map(({ field, body }) => `${field}: ${body}`) }
}

describe('ephemeral containers', () => {
  const dbg = { name: 'dbg', image: 'busybox:1' }
  it.each<readonly [string, object, readonly string[]]>([
    ['a target that is there', { ...dbg, targetContainerName: 'main' }, []],
    [
      'a target that is not',
      { ...dbg, targetContainerName: 'nope' },
      ['spec.ephemeralContainers[0].targetContainerName: Not found: "nope"'],
    ],
    [
      'what they cannot have',
      {
        ...dbg,
        ports: [{ containerPort: 1 }],
        resources: { limits: { cpu: '1' } },
        lifecycle: { preStop: { sleep: { seconds: 1 } } },
      },
      ['ports', 'resources', 'lifecycle'].map(
        (field) => `spec.ephemeralContainers[0].${field}: Forbidden: cannot be set for an Ephemeral Container`,
      ),
    ],
    [
      'what they cannot have, though it is empty',
      { ...dbg, lifecycle: {} },
      ['spec.ephemeralContainers[0].lifecycle: Forbidden: cannot be set for an Ephemeral Container'],
    ],
    ['a name that is taken', { ...dbg, name: 'main' }, ['spec.ephemeralContainers[0].name: Duplicate value: "main"']],
  ])('%s', (_, container, errors) => {
    expect(partial('ephemeralcontainers', made(), { ephemeralContainers: [container] }).errors).toEqual(errors)
  })

  it('stay, and leave everything else', () => {
    const old = partial('ephemeralcontainers', made(), { ephemeralContainers: [dbg], nodeName: 'n' }).pod
    expect(old.spec.nodeName).toBeUndefined()
    expect(partial('ephemeralcontainers', old, { ephemeralContainers: [] }).errors).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "dbg" may not be removed\n',
    ])
  })
})

describe('resizes', () => {
  const sized = (requests: object, more: object = {}): object => ({
    containers: [{ name: 'main', image: 'img:1', resources: { requests }, ...more }],
  })
  const old = made(sized({ cpu: '1', memory: '1Gi' }))
  it.each<readonly [string, Pod, object, readonly string[]]>([
    ['more of it', old, sized({ cpu: '2', memory: '2Gi' }), []],
    [
      'none of it',
      old,
      sized({ cpu: '2' }),
      ['spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed'],
    ],
    [
      'something else',
      old,
      sized({ cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' }),
      ['spec: Forbidden: only cpu and memory resources are mutable'],
    ],
    [
      'something else where nothing was said',
      made(sized({ cpu: '1' }, { name: 'main' })),
      {
        containers: [
          {
            name: 'main',
            image: 'img:1',
            resources: { requests: { cpu: '1' }, limits: { 'ephemeral-storage': '1Gi' } },
          },
        ],
      },
      ['spec: Forbidden: only cpu and memory resources are mutable'],
    ],
    [
      'an init container',
      made({ ...sized({ cpu: '1' }), initContainers: [{ name: 'i', image: 'i:1' }] }),
      { ...sized({ cpu: '1' }), initContainers: [{ name: 'i', image: 'i:1', resources: { requests: { cpu: '1' } } }] },
      [],
    ],
    [
      'disk of an init container',
      made({ ...sized({ cpu: '1' }), initContainers: [{ name: 'i', image: 'i:1' }] }),
      {
        ...sized({ cpu: '1' }),
        initContainers: [{ name: 'i', image: 'i:1', resources: { requests: { 'ephemeral-storage': '1' } } }],
      },
      ['spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable'],
    ],
    [
      'the pod as a whole',
      made({ ...sized({ cpu: '1' }), resources: { requests: { cpu: '2', memory: '1Gi' } } }),
      { ...sized({ cpu: '1' }), resources: { requests: { cpu: '2' } } },
      ['spec.resources.requests: Forbidden: pod-level resource requests cannot be removed'],
    ],
    [
      'no whole any more',
      made({ ...sized({ cpu: '1' }), resources: { requests: { cpu: '2' } } }),
      { ...sized({ cpu: '1' }), resources: undefined },
      ['spec.resources: Forbidden: pod-level resources cannot be removed'],
    ],
    [
      'another class',
      old,
      {
        containers: [
          {
            name: 'main',
            image: 'img:1',
            resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } },
          },
        ],
      },
      ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'],
    ],
    [
      'another container',
      old,
      { containers: [{ name: 'b', image: 'i', resources: { requests: { cpu: '1' } } }] },
      ['spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize'],
    ],
    [
      'one more container',
      old,
      { containers: [...old.spec.containers, { name: 'b', image: 'i' }] },
      ['spec.containers: Forbidden: containers may not be added or removed on resize'],
    ],
    [
      'on an old node',
      made(sized({ cpu: '1' }), { containerStatuses: [state('main', 'running')] }),
      sized({ cpu: '2' }),
      ['spec: Forbidden: Pod running on node without support for resize'],
    ],
    [
      'of Windows',
      made({ ...sized({ cpu: '1' }), os: { name: 'windows' } }),
      sized({ cpu: '2' }),
      ['[]: Forbidden: windows pods cannot be resized'],
    ],
  ])('%s', (_, before, spec, errors) => {
    expect(partial('resize', before, spec).errors).toEqual(errors)
  })

  it('take amounts alone from what is sent', () => {
    const { pod: next } = partial('resize', old, {
      ...sized({ cpu: '2', memory: '1Gi' }, { image: 'other:1' }),
      nodeName: 'n',
    })
    expect(next.spec.nodeName).toBeUndefined()
    expect(next.spec.containers[0]?.image).toBe('img:1')
    expect(next.spec.containers[0]?.resources).toEqual({ requests: { cpu: '2', memory: '1Gi' } })
  })
})
