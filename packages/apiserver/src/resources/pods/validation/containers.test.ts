import { describe, expect, it } from 'vitest'
import { container, errorsOf, init, type Row } from './refusals.suite.ts'

const at = 'spec.containers[0]'
const INIT = 'spec.initContainers[0]'
const BYTES = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei'
const env = (valueFrom: object): object => container({ env: [{ name: 'A', valueFrom }] })
const resources = (fields: object): object => container({ resources: fields })

describe('variables', () => {
  it.each<Row>([
    [
      'a field no variable can have',
      env({ fieldRef: { fieldPath: 'metadata.labels' } }),
      [
        `${at}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", ` +
          '"metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", ' +
          '"status.hostIPs", "status.podIP", "status.podIPs"',
      ],
    ],
    ['one label', env({ fieldRef: { fieldPath: "metadata.labels['a.b/c']" } }), []],
    [
      'a bad label',
      env({ fieldRef: { fieldPath: "metadata.labels['a b']" } }),
      [expect.stringMatching(/env\[0\]\.valueFrom\.fieldRef: Invalid value: "a b": name part must consist/) as string],
    ],
    [
      'one of what has no parts',
      env({ fieldRef: { fieldPath: "metadata.name['a']" } }),
      [
        `${at}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name['a']": error converting fieldPath: ` +
          "field label does not support subscript: metadata.name['a']",
      ],
    ],
    [
      'another version',
      env({ fieldRef: { apiVersion: 'v2', fieldPath: 'metadata.name' } }),
      [
        `${at}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": error converting fieldPath: ` +
          'unsupported pod version: v2',
      ],
    ],
    [
      'a resource no container has',
      env({ resourceFieldRef: { resource: 'limits.disk' } }),
      [
        `${at}.env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.disk": supported values: "limits.cpu", ` +
          '"limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
      ],
    ],
    [
      'processors by the Mi',
      env({ resourceFieldRef: { resource: 'limits.cpu', divisor: '1Mi' } }),
      [
        `${at}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are ` +
          'supported with the cpu resource',
      ],
    ],
    [
      'memory by the thousandth',
      env({ resourceFieldRef: { resource: 'limits.memory', divisor: '1m' } }),
      [
        `${at}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.memory": only divisor's values ${BYTES} are ` +
          'supported with the memory resource',
      ],
    ],
    ['huge pages', env({ resourceFieldRef: { resource: 'limits.hugepages-2Mi', divisor: '1Mi' } }), []],
    [
      'a key of nothing',
      env({ secretKeyRef: { key: '' } }),
      [
        expect.stringMatching(/secretKeyRef\.name: Invalid value: "": a lowercase RFC 1123 subdomain/) as string,
        `${at}.env[0].valueFrom.secretKeyRef.key: Required value`,
      ],
    ],
    [
      'a file of no volume',
      env({ fileKeyRef: { key: 'A', path: '../x', volumeName: 'nope' } }),
      [
        `${at}.env[0].valueFrom.fileKeyRef.path: Invalid value: "../x": must not contain '..'`,
        `${at}.env[0].valueFrom.fileKeyRef.volumeName: Not found: "nope"`,
      ],
    ],
    [
      'a file of a host path',
      {
        ...env({ fileKeyRef: { key: 'A', path: 'x', volumeName: 'v' } }),
        volumes: [{ name: 'v', hostPath: { path: '/x' } }],
      },
      [`${at}.env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "v": referenced volume must be of type emptyDir`],
    ],
    [
      'all of two sources, with a prefix',
      container({ envFrom: [{ prefix: 'a=', configMapRef: { name: 'a' }, secretRef: {} }] }),
      [
        `${at}.envFrom[0].prefix: Invalid value: "a=": a valid environment variable name must consist only of printable ` +
          "ASCII characters other than '='",
        `${at}.envFrom[0].secretRef.name: Required value`,
        `${at}.envFrom: Invalid value: "": may not have more than one field specified at a time`,
      ],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})

describe('resources', () => {
  it.each<Row>([
    ['whole devices', resources({ limits: { 'example.com/gpu': '2' } }), []],
    [
      'parts of a device',
      resources({ limits: { 'example.com/gpu': '500m' } }),
      [
        `${at}.resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer`,
        `${at}.resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer`,
      ],
    ],
    ['so little less than a device that it is none', resources({ limits: { 'example.com/gpu': '999999999n' } }), []],
    [
      'more devices than there may be',
      resources({ limits: { 'example.com/gpu': '2' }, requests: { 'example.com/gpu': '1' } }),
      [`${at}.resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2`],
    ],
    [
      'devices without a limit',
      resources({ requests: { 'example.com/gpu': '1' } }),
      [`${at}.resources.limits: Required value: Limit must be set for non overcommitable resources`],
    ],
    [
      'huge pages alone',
      resources({ limits: { 'hugepages-2Mi': '4Mi' } }),
      [`${at}.resources: Forbidden: HugePages require cpu or memory`],
    ],
    [
      'part of a page',
      resources({ limits: { 'hugepages-2Mi': '3Mi', cpu: '1' } }),
      [
        `${at}.resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
        `${at}.resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
      ],
    ],
    [
      'what a namespace has',
      resources({ requests: { pods: '1' } }),
      [`${at}.resources.requests[pods]: Invalid value: "pods": must be a standard resource for containers`],
    ],
    [
      'a quota of something',
      resources({ limits: { 'requests.example.com/a': '1' } }),
      [
        `${at}.resources.limits[requests.example.com/a]: Invalid value: "requests.example.com/a": doesn't follow extended ` +
          'resource name standard',
        `${at}.resources.requests[requests.example.com/a]: Invalid value: "requests.example.com/a": doesn't follow extended ` +
          'resource name standard',
      ],
    ],
    [
      'a claim of nobody',
      resources({ claims: [{ name: 'a' }] }),
      [`${at}.resources.claims[0]: Not found: "a": must be one of the names in pod.spec.resourceClaims which is empty`],
    ],
    [
      'a claim twice',
      {
        ...resources({ claims: [{ name: 'a', request: 'r' }, { name: 'a' }] }),
        resourceClaims: [{ name: 'a', resourceClaimName: 'x' }],
      },
      [`${at}.resources.claims[1]: Duplicate value: "a"`],
    ],
    [
      'less for the pod than for its containers',
      { ...resources({ requests: { cpu: '2' }, limits: { memory: '2Gi' } }), resources: { requests: { cpu: '1' } } },
      [
        'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
      ],
    ],
    [
      'a container beyond its pod',
      {
        ...resources({ limits: { memory: '2Gi' } }),
        resources: { limits: { memory: '1Gi' }, requests: { memory: '1Gi' } },
      },
      [
        'spec.resources.requests[memory]: Invalid value: "1Gi": must be greater than or equal to aggregate container ' +
          'requests of 2Gi',
        'spec.resources.containers[0][memory].limits: Invalid value: "2Gi": must be less than or equal to pod limits of 1Gi',
      ],
    ],
    [
      'storage for the pod',
      { resources: { limits: { 'ephemeral-storage': '1Gi' } } },
      [
        'spec.resources.limits[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", ' +
          '"hugepages-", "memory"',
      ],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})

describe('restarts and resizes', () => {
  it.each<Row>([
    ['a policy of its own', container({ restartPolicy: 'Never' }), []],
    [
      'an unknown policy',
      container({ restartPolicy: 'Sometimes' }),
      [`${at}.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"`],
    ],
    [
      'rules without a policy',
      container({ restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] }),
      [`${at}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`],
    ],
    [
      'a rule that says nothing',
      container({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'Stop' }] }),
      [
        `${at}.restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"`,
        `${at}.restartPolicyRules[0].exitCodes: Required value: must be specified`,
      ],
    ],
    [
      'a rule for no codes',
      init({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'X' } }] }),
      [`${INIT}.restartPolicyRules[0].exitCodes.operator: Unsupported value: "X": supported values: "In", "NotIn"`],
    ],
    [
      'rules of an init container that says no policy',
      init({ restartPolicyRules: [{ action: 'Go' }] }),
      [`${INIT}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`],
    ],
    [
      'too many rules',
      container({
        restartPolicy: 'Never',
        restartPolicyRules: Array.from({ length: 21 }, () => ({ action: 'Restart', exitCodes: { operator: 'In' } })),
      }),
      [`${at}.restartPolicyRules: Too many: 21: must have at most 20 items`],
    ],
    [
      'too many exit codes',
      container({
        restartPolicy: 'Never',
        restartPolicyRules: [
          { action: 'Restart', exitCodes: { operator: 'In', values: Array.from({ length: 256 }, (_, code) => code) } },
        ],
      }),
      [`${at}.restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items`],
    ],
    [
      'an init container that starts again when resized',
      init({
        resizePolicy: [
          { resourceName: 'cpu', restartPolicy: 'NotRequired' },
          { resourceName: 'memory', restartPolicy: 'RestartContainer' },
        ],
      }),
      [
        `${INIT}.resizePolicy[1].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' ` +
          'for non-sidecar initContainers',
      ],
    ],
    [
      'resizing what cannot be',
      container({ resizePolicy: [{ resourceName: 'disk', restartPolicy: 'Maybe' }] }),
      [
        `${at}.resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"`,
        `${at}.resizePolicy: Unsupported value: "Maybe": supported values: "NotRequired", "RestartContainer"`,
      ],
    ],
    [
      'restarting where nothing restarts',
      {
        ...container({
          resizePolicy: [
            { resourceName: 'cpu', restartPolicy: 'RestartContainer' },
            { resourceName: 'cpu', restartPolicy: 'NotRequired' },
          ],
        }),
        restartPolicy: 'Never',
      },
      [
        `${at}.resizePolicy: Invalid value: "RestartContainer": must be 'NotRequired' when pod \`restartPolicy\` is 'Never'`,
        `${at}.resizePolicy[1]: Duplicate value: "cpu"`,
      ],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})

describe('ports', () => {
  it.each<Row>([
    [
      'of the node, twice in one init container',
      init({
        ports: [
          { containerPort: 1, hostPort: 9 },
          { containerPort: 2, hostPort: 9 },
        ],
      }),
      ['spec.initContainers[0].ports[1].hostPort: Duplicate value: "TCP//9"'],
    ],
    [
      'below zero',
      container({ ports: [{ containerPort: -1, hostPort: -1 }] }),
      [
        `${at}.ports[0].containerPort: Invalid value: -1: must be between 1 and 65535, inclusive`,
        `${at}.ports[0].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive`,
      ],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})
