import { describe, expect, it } from 'vitest'
import { container, errorsOf, type Row } from './refusals.suite.ts'

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'
const nodes = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms`
const nodeTerm = (term: object): object => ({
  affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [term] } } },
})
const near = (term: object): object => ({ affinity: { podAffinity: { [REQUIRED]: [term] } } })
const spread = (fields: object): object => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {}, ...fields },
  ],
})
const s = 'spec.topologySpreadConstraints[0]'

describe('nodes', () => {
  it.each<Row>([
    [
      'no term',
      { affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [] } } } },
      [`${nodes}: Required value: must have at least one node selector term`],
    ],
    [
      'labels',
      nodeTerm({
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['x'] },
          { key: 'a', operator: 'Gt', values: ['1', '2'] },
          { key: 'a b', operator: 'Near', values: ['x y'] },
        ],
      }),
      [
        `${nodes}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
        `${nodes}[0].matchExpressions[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
        `${nodes}[0].matchExpressions[2].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
        `${nodes}[0].matchExpressions[3].operator: Invalid value: "Near": not a valid selector operator`,
        expect.stringContaining(`${nodes}[0].matchExpressions[3].key: Invalid value: "a b": name part`) as string,
        expect.stringContaining(
          `${nodes}[0].matchExpressions[3].values[0]: Invalid value: "x y": a valid label`,
        ) as string,
      ],
    ],
    [
      'fields',
      nodeTerm({
        matchFields: [
          { key: 'metadata.name', operator: 'In', values: ['A', 'b'] },
          { key: 'spec.x', operator: 'Exists' },
        ],
      }),
      [
        `${nodes}[0].matchFields[0].values: Required value: must be only one value when \`operator\` is 'In' or 'NotIn' for ` +
          'node field selector',
        expect.stringContaining(
          `${nodes}[0].matchFields[0].values[0]: Invalid value: "A": a lowercase RFC 1123`,
        ) as string,
        `${nodes}[0].matchFields[1].operator: Invalid value: "Exists": not a valid selector operator`,
        `${nodes}[0].matchFields[1].key: Invalid value: "spec.x": not a valid field selector key`,
      ],
    ],
    [
      'preferences, whose values may be anything',
      {
        affinity: {
          nodeAffinity: {
            [PREFERRED]: [
              { weight: 101, preference: { matchExpressions: [{ key: 'a', operator: 'In', values: ['x y'] }] } },
            ],
          },
        },
      },
      [`spec.affinity.nodeAffinity.${PREFERRED}[0].weight: Invalid value: 101: must be in the range 1-100`],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})

describe('other pods', () => {
  const at = `spec.affinity.podAffinity.${REQUIRED}[0]`
  it.each<Row>([
    [
      'no topology, a bad namespace',
      near({ namespaces: ['A'], topologyKey: '' }),
      [
        expect.stringContaining(`${at}.namespace: Invalid value: "A": a lowercase RFC 1123 label`) as string,
        `${at}.topologyKey: Required value: can not be empty`,
        `${at}.topologyKey: Invalid value: "": name part must be non-empty`,
        expect.stringContaining(`${at}.topologyKey: Invalid value: "": name part must consist`) as string,
      ],
    ],
    [
      'keys without a selector',
      near({ topologyKey: 'zone', matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] }),
      [
        `${at}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
        `${at}.mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
        `${at}.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys`,
      ],
    ],
    [
      'a bad selector',
      near({ topologyKey: 'zone', labelSelector: { matchExpressions: [{ key: 'a', operator: 'X' }] } }),
      [`${at}.labelSelector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator`],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})

describe('spreading', () => {
  it.each<Row>([
    ['evenly', spread({ minDomains: 2, matchLabelKeys: ['a'], nodeTaintsPolicy: 'Honor' }), []],
    [
      'in no way',
      spread({ maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'Hope' }),
      [
        `${s}.maxSkew: Invalid value: 0: must be greater than zero`,
        `${s}.topologyKey: Required value: can not be empty`,
        `${s}.whenUnsatisfiable: Unsupported value: "Hope": supported values: "DoNotSchedule", "ScheduleAnyway"`,
      ],
    ],
    [
      'over domains that do not matter',
      spread({ minDomains: 0, whenUnsatisfiable: 'ScheduleAnyway', nodeAffinityPolicy: 'X' }),
      [
        `${s}.minDomains: Invalid value: 0: must be greater than zero`,
        `${s}.minDomains: Invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway`,
        `${s}.nodeAffinityPolicy: Unsupported value: "X": supported values: "Honor", "Ignore"`,
      ],
    ],
    [
      'the same way twice',
      {
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
          { maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
        ],
      },
      [`${s}.{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"`],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})

describe('names, gates and claims', () => {
  it.each<Row>([
    [
      'tolerations that compare',
      { tolerations: [{ key: 'a', operator: 'Gt', value: '1' }] },
      ['spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"'],
    ],
    [
      'a toleration of nothing',
      { tolerations: [{ value: 'x y', tolerationSeconds: 1, effect: 'NoSchedule' }] },
      [
        'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all ' +
          'values and all keys"',
        `spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
        expect.stringContaining('spec.tolerations[0].operator: Invalid value: "x y": a valid label must') as string,
      ],
    ],
    [
      'a gate twice, on a node',
      { nodeName: 'n', schedulingGates: [{ name: 'a' }, { name: 'a' }] },
      [
        'spec.schedulingGates[1]: Duplicate value: "a"',
        'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
      ],
    ],
    [
      'a readiness gate',
      { readinessGates: [{ conditionType: 'a b' }] },
      [expect.stringContaining('spec.readinessGates[0].conditionType: Invalid value: "a b": name part') as string],
    ],
    [
      'claims of two kinds and of none',
      { resourceClaims: [{ name: 'a', resourceClaimName: 'x', resourceClaimTemplateName: 'y' }, { name: 'a' }] },
      [
        'spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":"x","ResourceClaimTemplateName":"y"}: at most ' +
          'one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
        'spec.resourceClaims[1].name: Duplicate value: "a"',
        'spec.resourceClaims[1]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must ' +
          'specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      ],
    ],
    [
      'a name of its own for the host',
      { hostnameOverride: 'A', setHostnameAsFQDN: true, hostNetwork: true },
      [
        'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
        'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
        expect.stringContaining('spec.hostnameOverride: Invalid value: "A": a lowercase RFC 1123 subdomain') as string,
      ],
    ],
    [
      'resolvers',
      { dnsConfig: { nameservers: ['1.1.1.1', '010.0.0.1', '::ffff:1.2.3.4', 'x'], searches: ['_a.b.', '.', 'A'] } },
      [
        'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","010.0.0.1","::ffff:1.2.3.4","x"]: must not have more than 3 ' +
          'nameservers',
        'spec.dnsConfig.nameservers[1]: Invalid value: "010.0.0.1": must not have leading 0s',
        'spec.dnsConfig.nameservers[2]: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
        'spec.dnsConfig.nameservers[3]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        expect.stringContaining(
          `spec.dnsConfig.searches[2]: Invalid value: "A": a lowercase RFC 1123 subdomain`,
        ) as string,
      ],
    ],
    [
      'no resolver',
      { dnsPolicy: 'None', dnsConfig: { searches: ['A'] } },
      ['spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None'],
    ],
    [
      'preemption',
      { preemptionPolicy: 'Always' },
      ['spec.preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"'],
    ],
    [
      'overhead of nothing',
      { overhead: { disk: '1' } },
      [
        'spec.overhead.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
        'spec.overhead.limits[disk]: Invalid value: "disk": must be a standard resource for containers',
      ],
    ],
    [
      'a host port left out with hostNetwork',
      { hostNetwork: true, ...container({ ports: [{ containerPort: 1 }] }) },
      [],
    ],
  ])('%s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors)
  })
})
