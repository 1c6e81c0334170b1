import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { noteEmpty } from '../decode/sent-empty.ts'
import { printValue } from '../validation/field-errors.ts'
import { findSchema } from '../schema/index.ts'
import { goDiff, goStruct, goStructs } from './index.ts'
import { structLayout, structNames } from './struct-layout.ts'
import { unifiedDiff } from './unified-diff.ts'

describe('internal structs', () => {
  it('lists that were sent empty are no nil slices, unless they were stored so', () => {
    const container = { name: 'c', command: ['a'] }
    const emptied = { name: 'c' }
    noteEmpty(emptied, 'command', [])
    expect(goDiff('core.EphemeralContainer', container, emptied)).toContain('+ "Command": [],')
    expect(goDiff('core.EphemeralContainer', emptied, container)).toContain('- "Command": null,')
  })

  it.each<[string, string, unknown, string]>([
    [
      'a service port',
      'core.ServicePort',
      { port: 80, protocol: 'TCP' },
      '{"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
    ['an empty one', 'core.PodIP', undefined, '{"IP":""}'],
    [
      'embedded fields',
      'core.EnvFromSource',
      { configMapRef: { name: 'a' } },
      '{"Prefix":"","ConfigMapRef":{"Name":"a","Optional":null},"SecretRef":null}',
    ],
    ['capitals', 'core.PodOS', { name: 'linux' }, '{"Name":"linux"}'],
    [
      'another name on the wire',
      'core.GlusterfsVolumeSource',
      { endpoints: 'e', path: 'p' },
      '{"EndpointsName":"e","Path":"p","ReadOnly":false}',
    ],
    [
      'quantities, with keys in order',
      'core.ResourceRequirements',
      { limits: { memory: '1Gi', cpu: '2' } },
      '{"Limits":{"cpu":"2","memory":"1Gi"},"Requests":null,"Claims":null}',
    ],
    [
      'types with tags of their own',
      'core.TopologySpreadConstraint',
      { maxSkew: 1, topologyKey: 'zone', labelSelector: { matchLabels: { a: 'b' } } },
      '{"MaxSkew":1,"TopologyKey":"zone","WhenUnsatisfiable":"","LabelSelector":{"matchLabels":{"a":"b"}},' +
        '"MinDomains":null,"NodeAffinityPolicy":null,"NodeTaintsPolicy":null,"MatchLabelKeys":null}',
    ],
  ])('print %s', (_, struct, wire, text) => {
    expect(printValue(goStruct(struct, wire))).toBe(text)
  })

  it('print metadata as the wire does', () => {
    const template = { metadata: { labels: { b: '2', a: '1' } }, spec: { containers: [] } }
    expect(printValue(goStruct('core.PodTemplateSpec', template))).toMatch(
      /^\{"labels":\{"a":"1","b":"2"\},"Spec":\{"Volumes":null,"InitContainers":null,"Containers":\[\],/,
    )
  })

  it('keep what concerns the host in the security context', () => {
    expect(printValue(goStruct('core.PodSpec', { hostNetwork: true }))).toContain(
      '"SecurityContext":{"HostNetwork":true,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,"HostUsers":null,',
    )
  })

  it('print no list as null', () => {
    expect(printValue(goStructs('core.PodIP', undefined))).toBe('null')
    expect(printValue(goStructs('core.PodIP', [{ ip: '10.0.0.1' }]))).toBe('[{"IP":"10.0.0.1"}]')
  })

  it('lead to structs of the table alone', () => {
    for (const name of structNames()) {
      for (const { struct } of structLayout(name)) if (struct !== '') expect(structLayout(struct)).not.toHaveLength(0)
    }
  })

  it.each(['Container', 'EphemeralContainer', 'VolumeMount', 'Probe', 'SecurityContext', 'Toleration', 'Affinity'])(
    'know every field %s has on the wire',
    (name) => {
      const layout = (struct: string): string[] =>
        structLayout(struct).flatMap((field) => (field.kind === 'embedded' ? layout(field.struct) : [field.wire]))
      const wire = [...(findSchema(`io.k8s.api.core.v1.${name}`)?.fields.keys() ?? [])]
      expect(layout(`core.${name}`).sort()).toEqual(wire.sort())
    },
  )
})

describe('diff of internal structs', () => {
  it('shows what changed with three lines around it', () => {
    const before = { name: 'dbg', image: 'busybox' }
    expect(goDiff('core.EphemeralContainer', before, { ...before, image: 'other' })).toBe(
      `@@ -1,6 +1,6 @@
 {
  "Name": "dbg",
- "Image": "busybox",
+ "Image": "other",
  "Command": null,
  "Args": null,
  "WorkingDir": "",
`,
    )
  })

  it('keeps neighbours in one hunk and parts what is far', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`)
    const changed = lines.map((line, index) => ([2, 8, 20].includes(index) ? `${line}!` : line))
    expect(unifiedDiff(lines, changed).match(/^@@.*$/gm)).toEqual(['@@ -1,12 +1,12 @@', '@@ -18,7 +18,7 @@'])
  })

  it('says nothing of equal values', () => {
    expect(goDiff('core.PodSpec', { hostname: 'a' }, { hostname: 'a' })).toBe('')
  })

  it('turns one text into the other', () => {
    const line = fc.constantFrom('a', 'b', 'c', 'd', '{', '}')
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.array(line, { maxLength: 40 }), (before, after) => {
        expect(patched(before, unifiedDiff(before, after))).toEqual(after)
      }),
      { seed: 11 },
    )
  })
})

/** Applies a unified diff the plain way. */
function patched(before: readonly string[], diff: string): readonly string[] {
  const out: string[] = []
  let at = 0
  for (const line of diff.split('\n').slice(0, -1)) {
    const header = /^@@ -(\d+)(?:,(\d+))? /.exec(line)
    if (header !== null) {
      const from = Number(header[1]) - (header[2] === '0' ? 0 : 1)
      out.push(...before.slice(at, from))
      at = from
    } else if (line.startsWith('+')) out.push(line.slice(1))
    else {
      if (line.startsWith(' ')) out.push(line.slice(1))
      at++
    }
  }
  return [...out, ...before.slice(at)]
}
