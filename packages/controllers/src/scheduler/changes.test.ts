// Which changes wake a pod that waits, plugin by plugin.

import type { Node, NodeSpec, Pod, PodSpec } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { podWith } from '../testing/objects.suite.ts'
import { type Change, mayHelp, sameForPods } from './changes.ts'
import type { PluginName } from './filters.ts'
import { podInfo } from './pod-info.ts'

interface NodeShape extends NodeSpec {
  readonly labels?: Readonly<Record<string, string>>
  readonly cpu?: string
}

const node = ({ labels = {}, cpu = '4', ...spec }: NodeShape = {}): Node => ({
  ...{ apiVersion: 'v1', kind: 'Node', spec, status: { allocatable: { cpu, pods: '10' } } },
  metadata: { ...podWith({ name: 'n' }).metadata, labels },
})
const came = (shape?: NodeShape): Change => ({ kind: 'node', old: undefined, node: node(shape) })
const became = (old: NodeShape, shape: NodeShape): Change => ({ kind: 'node', old: node(old), node: node(shape) })
const left = (shape: NodeShape): Change => ({ kind: 'node gone', node: node(shape) })
const pod = (labels: Readonly<Record<string, string>>, spec: Partial<PodSpec> = {}): Pod =>
  podWith({ name: 'other', labels, spec })
const placed = (labels: Readonly<Record<string, string>>): Change => ({ kind: 'pod', old: undefined, pod: pod(labels) })
const relabelled = (old: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): Change => ({
  ...{ kind: 'pod', old: pod(old), pod: pod(labels) },
})
const gone = (labels: Readonly<Record<string, string>> = {}, spec: Partial<PodSpec> = {}): Change => ({
  ...{ kind: 'pod gone', pod: pod(labels, spec) },
})

const itself = (
  before: Partial<PodSpec>,
  spec: Partial<PodSpec>,
  was: Readonly<Record<string, string>> = X,
): Change => ({
  ...{ kind: 'itself', old: pod(was, before), pod: pod(X, spec) },
})

const TAINT = { key: 'a', effect: 'NoSchedule' }
const containers = [{ name: 'main', image: 'i' }]
const asking = (cpu: string): Partial<PodSpec> => ({
  containers: [{ name: 'main', image: 'i', resources: { requests: { cpu } } }],
})
const listening = (hostPort: number): Partial<PodSpec> => ({
  containers: [{ name: 'main', image: 'i', ports: [{ containerPort: hostPort, hostPort }] }],
})
const labelSelector = { matchLabels: { app: 'x' } }
const spreading: Partial<PodSpec> = {
  containers,
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector },
    { maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
  ],
}
const term = { topologyKey: 'zone', labelSelector }
const joining: Partial<PodSpec> = {
  ...{ containers, affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
}
const avoiding: Partial<PodSpec> = {
  ...{ containers, affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
}
const anti = (...terms: readonly unknown[]): Partial<PodSpec> =>
  ({
    ...{ containers, affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } },
  }) as Partial<PodSpec>
const termOfY = { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'y' } } }
const avoidingY = anti(termOfY)
const avoidingBoth = anti(term, termOfY)
const joiningSome: Partial<PodSpec> = {
  containers,
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ ...term, namespaceSelector: { matchLabels: { a: 'b' } } }],
    },
  },
}
const TOLERANT: Partial<PodSpec> = { tolerations: [{ operator: 'Exists' }] }
const resized = (from: string, to: string): Change => ({
  kind: 'pod',
  old: pod({}, asking(from)),
  pod: pod({}, asking(to)),
})
const X = { app: 'x' }
const Y = { app: 'y' }
const zone = (value: string): NodeShape => ({ labels: { zone: value } })

test.each<[PluginName, string, Partial<PodSpec>, Change, boolean]>([
  ['NodeUnschedulable', 'a cordoned node came', {}, came({ unschedulable: true }), false],
  ['NodeUnschedulable', 'a node was uncordoned', {}, became({ unschedulable: true }, {}), true],
  ['NodeUnschedulable', 'a node that was not cordoned changed', {}, became({}, zone('a')), false],
  ['TaintToleration', 'a taint went', {}, became({ taints: [TAINT] }, {}), true],
  [
    'TaintToleration',
    'one of two taints went',
    {},
    became({ taints: [TAINT, { ...TAINT, key: 'b' }] }, { taints: [TAINT] }),
    false,
  ],
  ['TaintToleration', 'a pod went', {}, gone(), false],
  ['NodeAffinity', 'the label came', { nodeSelector: { zone: 'a' } }, became({}, zone('a')), true],
  ['NodeAffinity', 'another label came', { nodeSelector: { zone: 'a' } }, became({}, zone('b')), false],
  ['NodePorts', 'a pod with the port went', listening(80), gone({}, listening(80)), true],
  ['NodePorts', 'a pod with another port went', listening(80), gone({}, listening(81)), false],
  ['NodePorts', 'a node came', listening(80), came(), true],
  ['NodeResourcesFit', 'a pod went', asking('2'), gone(), true],
  ['NodeResourcesFit', 'a node that is too small came', asking('5'), came(), false],
  ['NodeResourcesFit', 'a node grew', asking('5'), became({}, { cpu: '6' }), true],
  ['NodeResourcesFit', 'a node grew, not enough', asking('7'), became({}, { cpu: '6' }), false],
  ['NodeResourcesFit', 'a large node has other labels', asking('2'), became({}, zone('a')), false],
  ['NodeResourcesFit', 'a pod was placed', asking('2'), placed(X), false],
  ['VolumeBinding', 'a node came', {}, came(), true],
  ['VolumeBinding', 'a pod went', {}, gone(), false],
  ['PodTopologySpread', 'a pod that counts was placed', spreading, placed(X), true],
  ['PodTopologySpread', 'another pod was placed', spreading, placed(Y), false],
  ['PodTopologySpread', 'a pod no longer counts', spreading, relabelled(X, Y), true],
  ['PodTopologySpread', 'a pod that counts has another label', spreading, relabelled(X, { ...X, more: '' }), false],
  ['PodTopologySpread', 'a pod that counts went', spreading, gone(X), true],
  ['PodTopologySpread', 'a node of a zone came', spreading, came(zone('a')), true],
  ['PodTopologySpread', 'a node without zone came', spreading, came(), false],
  ['PodTopologySpread', 'a node moved', spreading, became(zone('a'), zone('b')), true],
  ['PodTopologySpread', 'a node of a zone grew', spreading, became(zone('a'), { ...zone('a'), cpu: '8' }), false],
  ['PodTopologySpread', 'a node of a zone went', spreading, left(zone('a')), true],
  ['InterPodAffinity', 'the wanted pod was placed', joining, placed(X), true],
  ['InterPodAffinity', 'another pod was placed', joining, placed(Y), false],
  ['InterPodAffinity', 'a pod became the wanted one', joining, relabelled(Y, X), true],
  ['InterPodAffinity', 'the avoided pod went', avoiding, gone(X), true],
  ['InterPodAffinity', 'another pod went', avoiding, gone(Y), false],
  ['InterPodAffinity', 'a pod that avoids others went', {}, gone(Y, avoiding), true],
  ['InterPodAffinity', 'a pod that avoids other ones went', {}, gone(Y, avoidingY), false],
  ['InterPodAffinity', 'one of two avoided pods went', avoidingBoth, gone(X), false],
  ['InterPodAffinity', 'the wanted pod of the namespaces selected was placed', joiningSome, placed(X), false],
  ['InterPodAffinity', 'it has other labels', avoiding, itself(avoiding, avoiding, Y), true],
  ['InterPodAffinity', 'it tolerates more', avoiding, itself(avoiding, { ...avoiding, ...TOLERANT }), false],
  ['PodTopologySpread', 'it counts itself now', spreading, itself(spreading, spreading, Y), true],
  ['PodTopologySpread', 'it tolerates more', spreading, itself(spreading, { ...spreading, ...TOLERANT }), false],
  ['TaintToleration', 'it tolerates more', {}, itself({}, TOLERANT), true],
  ['TaintToleration', 'it has other labels', {}, itself({}, {}, Y), false],
  ['NodeUnschedulable', 'it tolerates something else', {}, itself({}, { tolerations: [TAINT] }), false],
  ['NodeUnschedulable', 'it tolerates all', {}, itself({}, TOLERANT), true],
  ['NodeResourcesFit', 'it asks for less', asking('2'), itself(asking('3'), asking('2')), true],
  ['NodeResourcesFit', 'it has other labels', asking('2'), itself(asking('2'), asking('2'), Y), false],
  ['NodeResourcesFit', 'a placed pod asks for less', asking('2'), resized('3', '2'), true],
  ['NodeResourcesFit', 'a placed pod asks for more', asking('2'), resized('2', '3'), false],
  ['NodeAffinity', 'it tolerates more', { nodeSelector: { zone: 'a' } }, itself({}, TOLERANT), false],
  ['InterPodAffinity', 'the avoided pod became another one', avoiding, relabelled(X, Y), true],
  ['InterPodAffinity', 'a node of a zone came', avoiding, came(zone('a')), true],
  ['InterPodAffinity', 'a node without zone came', avoiding, came(), false],
  ['InterPodAffinity', 'a node moved', joining, became(zone('a'), zone('b')), true],
  ['InterPodAffinity', 'a node went', joining, left(zone('a')), false],
])('%s: %s', (plugin, _, spec, change, wanted) => {
  const info = podInfo(podWith({ name: 'waiting', labels: X, spec }))
  expect(mayHelp({ info, rejectors: new Set([plugin]) }, change)).toBe(wanted)
  // Whom nobody kept off is always looked at, and one plugin that may be helped is enough.
  expect(mayHelp({ info, rejectors: new Set() }, change)).toBe(true)
  const both = mayHelp({ info, rejectors: new Set(['VolumeBinding', plugin]) }, change)
  expect(both).toBe(wanted || mayHelp({ info, rejectors: new Set(['VolumeBinding']) }, change))
})

test('heartbeats of a node concern no pod', () => {
  expect(sameForPods(node(), { ...node(), status: { ...node().status, conditions: [] } })).toBe(true)
  expect(sameForPods(node(), node({ cpu: '5' }))).toBe(false)
})
