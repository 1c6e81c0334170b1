import { describe, expect, it } from 'vitest'
import { StatusError } from '../status/status-error.ts'
import { decodeBody, type DecodedObject, type FieldValidation } from './decode-body.ts'

const SCHEMAS: ReadonlyMap<string, string> = new Map([
  ['/v1/ConfigMap', 'io.k8s.api.core.v1.ConfigMap'],
  ['/v1/Secret', 'io.k8s.api.core.v1.Secret'],
  ['/v1/Service', 'io.k8s.api.core.v1.Service'],
  ['/v1/Pod', 'io.k8s.api.core.v1.Pod'],
  ['apps/v1/Deployment', 'io.k8s.api.apps.v1.Deployment'],
])

interface Outcome {
  readonly object?: DecodedObject
  readonly refusal?: string
  readonly warnings: readonly string[]
}

function decode(kind: string, text: string, mode: FieldValidation = 'Warn', contentType = 'application/json'): Outcome {
  const warnings: string[] = []
  const group = kind === 'Deployment' ? 'apps' : ''
  const target = { group, version: 'v1', kind, schema: SCHEMAS.get(`${group}/v1/${kind}`) ?? '' }
  try {
    const object = decodeBody({ contentType, bytes: new TextEncoder().encode(text) }, target, {
      fieldValidation: mode,
      warn: (warning) => warnings.push(warning),
      findKind: (otherGroup, version, other) => {
        const schema = SCHEMAS.get(`${otherGroup}/${version}/${other}`)
        return schema === undefined ? undefined : { schema, isSameType: false }
      },
    })
    return { object, warnings }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    expect(error.status).toMatchObject({ code: 400, reason: 'BadRequest' })
    return { refusal: error.message, warnings }
  }
}

const bad = (rest: string): string => `the object provided is unrecognized (must be of type ConfigMap): ${rest}`
const HEADER = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

describe('bodies that are refused', () => {
  it.each([
    [
      'truncated',
      'ConfigMap',
      '{"apiVersion":"v1","kind":"ConfigMap",',
      bad(
        `couldn't get version/kind; json parse error: unexpected end of JSON input ({"apiVersion":"v1","kind":"Con ...)`,
      ),
    ],
    [
      'not JSON',
      'ConfigMap',
      'hello',
      bad(
        `couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value (68656c6c6f)`,
      ),
    ],
    [
      'a byte order mark',
      'ConfigMap',
      '\uFEFF{}',
      bad(
        `couldn't get version/kind; json parse error: invalid character 'ï' looking for beginning of value (efbbbf7b7d)`,
      ),
    ],
    [
      'a field of an inlined struct',
      'Pod',
      '{"apiVersion":"v1","kind":"Pod","spec":{"volumes":[{"name":"v","secret":{"optional":1}}]}}',
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field ' +
        'SecretVolumeSource.spec.volumes.VolumeSource.secret.optional of type bool',
    ],
    [
      'a whole number that is written otherwise',
      'Pod',
      '{"apiVersion":"v1","kind":"Pod","spec":{"priority":1.0}}',
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number 1.0 into Go struct field ' +
        'PodSpec.spec.priority of type int32',
    ],
    [
      'a number beyond 64 bits',
      'Pod',
      '{"apiVersion":"v1","kind":"Pod","spec":{"activeDeadlineSeconds":9223372036854775808}}',
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number 9223372036854775808 into Go struct ' +
        'field PodSpec.spec.activeDeadlineSeconds of type int64',
    ],
    [
      'a quantity after another mistake',
      'Pod',
      '{"apiVersion":"v1","kind":"Pod","spec":{"priority":"x","hostname":[],"overhead":{"cpu":"x"}}}',
      'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression ' +
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      'empty',
      'ConfigMap',
      '',
      bad(`couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`),
    ],
    [
      'a list',
      'ConfigMap',
      '[]',
      bad(
        `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${HEADER} (5b5d)`,
      ),
    ],
    [
      'kind is a number',
      'ConfigMap',
      '{"apiVersion":"v1","kind":5}',
      bad(
        `couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"apiVersion":"v1","kind":5})`,
      ),
    ],
    [
      'unknown kind',
      'ConfigMap',
      '{"apiVersion":"v1","kind":"Foo"}',
      'Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
    [
      'another version',
      'ConfigMap',
      '{"apiVersion":"v2","kind":"ConfigMap"}',
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
    [
      'another kind, with a mistake of its own',
      'ConfigMap',
      '{"apiVersion":"v1","kind":"Secret","data":{"k":"kind differs"}}',
      'Secret in version "v1" cannot be handled as a ConfigMap: illegal base64 data at input byte 4',
    ],
    [
      'a list of the kind',
      'ConfigMap',
      '{"apiVersion":"v1","kind":"ConfigMapList","items":[]}',
      'ConfigMapList in version "v1" cannot be handled as a ConfigMap: converting (v1.ConfigMapList) to (core.ConfigMap): unknown conversion',
    ],
    [
      'struct field',
      'ConfigMap',
      '{"metadata":"x"}',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta',
    ],
    [
      'map',
      'ConfigMap',
      '{"data":["a"]}',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string',
    ],
    [
      'value in a map',
      'ConfigMap',
      '{"metadata":{"labels":{"a":1}}}',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      'port as a string',
      'Service',
      '{"spec":{"ports":[{"port":"80"}]}}',
      'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32',
    ],
    [
      'ports as an object',
      'Service',
      '{"spec":{"ports":{"port":80}}}',
      'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort',
    ],
    [
      'targetPort as a bool',
      'Service',
      '{"spec":{"ports":[{"port":80,"targetPort":true}]}}',
      'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
    ],
    [
      'a named type',
      'Service',
      '{"spec":{"ports":[{"protocol":5}]}}',
      'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal number into Go struct field ServicePort.spec.ports.protocol of type v1.Protocol',
    ],
    [
      'a named type in a list',
      'Pod',
      '{"spec":{"containers":[{"securityContext":{"capabilities":{"add":[true]}}}]}}',
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal bool into Go struct field Capabilities.spec.containers.securityContext.capabilities.add of type v1.Capability',
    ],
    [
      'a list of a named type',
      'Pod',
      '{"spec":{"containers":[{"securityContext":{"capabilities":{"add":"ALL"}}}]}}',
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field Capabilities.spec.containers.securityContext.capabilities.add of type []v1.Capability',
    ],
    [
      'a field of a struct inside the struct',
      'Pod',
      '{"spec":{"volumes":[{"name":"a","projected":{"sources":[{"configMap":{"name":5}}]}}]}}',
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field ConfigMapProjection.spec.volumes.VolumeSource.projected.sources.configMap.LocalObjectReference.name of type string',
    ],
    [
      'a handler of a probe',
      'Pod',
      '{"spec":{"containers":[{"livenessProbe":{"httpGet":"x"}}]}}',
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field Probe.spec.containers.livenessProbe.ProbeHandler.httpGet of type v1.HTTPGetAction',
    ],
    [
      'the first of several',
      'Service',
      '{"spec":{"type":5,"clusterIP":7,"ports":[{"port":"x"}]}}',
      'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal number into Go struct field ServiceSpec.spec.type of type v1.ServiceType',
    ],
    [
      'a type that reads its own JSON, behind others',
      'Service',
      '{"spec":{"type":5,"ports":[{"port":"x"},{"port":1,"targetPort":1.5}]}}',
      'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal number 1.5 into Go struct field ServicePort.spec.ports.targetPort of type int32',
    ],
    [
      'a quantity, behind others',
      'Pod',
      '{"spec":{"containers":[{"name":5,"resources":{"limits":{"cpu":"x"}}}]}}',
      `Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
    [
      'a named map',
      'Pod',
      '{"spec":{"containers":[{"resources":{"limits":5}}]}}',
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList',
    ],
    [
      'fraction',
      'Deployment',
      '{"spec":{"replicas":1.5}}',
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'overflow',
      'Deployment',
      '{"spec":{"replicas":3000000000}}',
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'quantity',
      'Pod',
      '{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"abc"}}}]}}',
      `Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
  ])('%s', (_, kind, text, refusal) => {
    expect(decode(kind, text).refusal).toBe(refusal)
  })
})

describe('fields nobody knows', () => {
  const text =
    '{"spec":{"template":{"spec":{"containers":[{"name":"main","imagee":"x","resources":{"limit":{}}}]}}},"foo":1,"foo":2}'
  const problems = [
    'unknown field "spec.template.spec.containers[0].imagee"',
    'unknown field "spec.template.spec.containers[0].resources.limit"',
    'unknown field "foo"',
  ]

  it('are errors when strict', () => {
    expect(decode('Deployment', text, 'Strict').refusal).toBe(
      `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${problems.join(', ')}`,
    )
  })

  it('are warnings, and dropped', () => {
    const { object, warnings } = decode('Deployment', text)
    expect(warnings).toEqual(problems)
    expect(object).not.toHaveProperty('foo')
  })

  it('are dropped in silence', () => {
    expect(decode('Deployment', text, 'Ignore').warnings).toEqual([])
  })
})

describe('bodies that are taken', () => {
  it('fills in kind and version, drops nulls and empty maps, makes quantities canonical', () => {
    const { object } = decode(
      'Pod',
      '{"metadata":{"name":"a","labels":{}},"status":null,"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"1000m"}}}]}}',
    )
    expect(object).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { containers: [{ name: 'a', resources: { limits: { cpu: '1' } } }] },
    })
  })

  it('gives required scalars that are missing their zero value', () => {
    expect(decode('Service', '{"spec":{"ports":[{}]}}').object?.['spec']).toEqual({ ports: [{ port: 0 }] })
  })

  it('reads YAML, with keys that came twice told when strict', () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y3}\ndata:\n  a: b\n  a: c\n'
    expect(decode('ConfigMap', text, 'Strict', 'application/yaml').refusal).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 6: key "a" already set in map',
    )
    expect(decode('ConfigMap', 'data: {a: b}', 'Strict', 'application/yaml').object).toMatchObject({ data: { a: 'b' } })
    expect(decode('ConfigMap', 'a: b\n c: [', 'Warn', 'application/yaml').refusal).toBe(
      bad('yaml: line 2: mapping values are not allowed in this context (613a20620a20633a205b)'),
    )
  })

  it('keeps __proto__ as data, and as an unknown field', () => {
    const { object, warnings } = decode('ConfigMap', '{"data":{"__proto__":"x"},"__proto__":{"a":1}}')
    expect(Object.entries(object?.['data'] ?? {})).toEqual([['__proto__', 'x']])
    expect(warnings).toEqual(['unknown field "__proto__"'])
    expect('a' in {}).toBe(false)
  })
})

describe('what strict decoding lists', () => {
  it.each([
    ['{"foo":1,"data":{"a":"1","a":"2"}}', ['unknown field "foo"', 'duplicate field "data.a"']],
    ['{"data":{"a":"1","a":"2"},"foo":1}', ['duplicate field "data.a"', 'unknown field "foo"']],
    ['{"foo":1,"foo":2}', ['unknown field "foo"']],
    ['{"foo":{"a":1,"a":2},"data":{}}', ['unknown field "foo"']],
    ['{"data":{"a":"1","a":"2","a":"3"}}', ['duplicate field "data.a"']],
    [
      '{"metadata":{"ownerReferences":[{"x":1},{"y":1,"uid":"a","uid":"b"}]}}',
      [
        'unknown field "metadata.ownerReferences[0].x"',
        'unknown field "metadata.ownerReferences[1].y"',
        'duplicate field "metadata.ownerReferences[1].uid"',
      ],
    ],
  ])('of %s', (text, problems) => {
    expect(decode('ConfigMap', text).warnings).toEqual(problems)
    expect(decode('ConfigMap', text, 'Strict').refusal).toContain(`strict decoding error: ${problems.join(', ')}`)
    expect(decode('ConfigMap', text, 'Ignore')).toMatchObject({ warnings: [] })
  })

  it('is a hundred at most', () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x${index}`, 1]))
    expect(decode('ConfigMap', JSON.stringify(many)).warnings).toHaveLength(100)
  })

  it('begins with what came twice when it is YAML', () => {
    const text = 'foo: 1\ndata: {}\ndata: {}\n'
    expect(decode('ConfigMap', text, 'Warn', 'application/yaml').warnings).toEqual([
      'line 3: key "data" already set in map',
      'unknown field "foo"',
    ])
  })
})

describe('bodies that are nearly as they are stored', () => {
  const bodyOf = (rest: string): string => `{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},${rest}}`
  it.each<[string, string, unknown, readonly string[]]>([
    ['as it is', '"spec":{"selector":{"a":"1"}}', { selector: { a: '1' } }, []],
    [
      'a key twice',
      '"spec":{"selector":{"a":"1","a":"1"}}',
      { selector: { a: '1' } },
      ['duplicate field "spec.selector.a"'],
    ],
    [
      'a part twice, which adds to it',
      '"spec":{"type":"X"},"spec":{"selector":{"a":"1"}}',
      { type: 'X', selector: { a: '1' } },
      ['duplicate field "spec"'],
    ],
    ['a field more', '"spec":{"selector":{"a":"1"},"b":1}', { selector: { a: '1' } }, ['unknown field "spec.b"']],
    ['a null', '"spec":{"selector":{"a":"1"},"type":null}', { selector: { a: '1' } }, []],
    ['an empty list', '"spec":{"selector":{"a":"1"},"externalIPs":[]}', { selector: { a: '1' } }, []],
    ['a colon in a text', '"spec":{"selector":{"a":"1:2"}}', { selector: { a: '1:2' } }, []],
  ])('%s', (_what, rest, spec, warnings) => {
    const outcome = decode('Service', bodyOf(rest))
    expect(outcome.object?.['spec']).toEqual(spec)
    expect(outcome.warnings).toEqual(warnings)
  })

  it('a key twice where any JSON may stand', () => {
    const fields = (json: string): string =>
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"managedFields":[{"fieldsV1":${json}}]}}`
    expect(decode('ConfigMap', fields('{"f:data":{"f:a":{}}}')).warnings).toEqual([])
    expect(decode('ConfigMap', fields('{"f:data":{"f:a":{},"f:a":{}}}')).warnings).toEqual([
      'duplicate field "metadata.managedFields[0].fieldsV1.f:data.f:a"',
    ])
  })

  it.each([
    ['"apiVersion":"v1"', 'Service'],
    ['"kind":"Service"', 'Service'],
    ['"kind":"Pod","apiVersion":"v1","kind":"Service"', 'Service'],
  ])('whose header is %s', (header, kind) => {
    expect(decode(kind, `{${header},"metadata":{"name":"a"}}`).object).toMatchObject({ apiVersion: 'v1', kind })
  })
})
