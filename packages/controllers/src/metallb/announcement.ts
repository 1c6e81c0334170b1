// Whether this node's speaker announces a Service, and why not: the decision of layer 2 and of BGP, as functions of what the
// speaker sees.
// Source: metallb speaker/layer2_controller.go, speaker/bgp_controller.go (ShouldAnnounce).

import {
  type EndpointSlice,
  type LabelSelector,
  matchesLabelSelector,
  type Node,
  type Service,
} from '@podwire/apiserver'
import type { AddressPool, BgpAdvertisement } from './configuration.ts'
import { electionOrder } from './layer2-election.ts'
import { annotationOf, honoursExclusion, type MetalLbRelease } from './release.ts'

export interface SpeakerView {
  readonly node: string
  readonly release: MetalLbRelease
  readonly nodes: ReadonlyMap<string, Node>
  /** Nodes whose speakers are alive, as this one has heard. */
  readonly speakers: ReadonlySet<string>
}

export interface AnnouncementInput {
  readonly service: Service
  /** First address of the Service, in the form of its status. */
  readonly address: string
  readonly pool: AddressPool
  readonly slices: readonly EndpointSlice[]
}

/** undefined: this node announces. A text: why it does not, as the log has it. */
export function layer2Refusal(view: SpeakerView, input: AnnouncementInput): string | undefined {
  const { service, pool, slices } = input
  const serving = nodesServing(slices, view.release)
  if (!serving.any) return 'notOwner'
  const { labels, annotations } = service.metadata
  const advertisements = pool.layer2.filter(({ serviceSelectors }) => selectsAny(serviceSelectors, labels))
  const shares = annotationOf(annotations, 'allow-shared-ip', view.release) !== undefined
  if (shares && advertisements.some(({ serviceSelectors }) => serviceSelectors.length > 0)) {
    return 'sharedIPWithServiceSelector'
  }
  const matches = (node: string): boolean =>
    advertisements.some(({ nodeSelectors }) => selectsAny(nodeSelectors, view.nodes.get(node)?.metadata.labels))
  if (!matches(view.node)) return 'noMatchingAdvertisement'
  const local = service.spec.externalTrafficPolicy === 'Local' || view.release.minor <= 10
  const candidates = [...view.speakers].filter(
    (node) => matches(node) && isAvailable(view, node) && (!local || serving.nodes.has(node)),
  )
  const { namespace = '', name } = service.metadata
  const [winner] = electionOrder(candidates, view.release.minor <= 10 ? `${namespace}/${name}` : input.address)
  return winner === view.node ? undefined : 'notOwner'
}

/** What this node announces over BGP, or why nothing. */
export function bgpDecision(view: SpeakerView, input: AnnouncementInput): readonly BgpAdvertisement[] | string {
  const { service, pool, slices } = input
  const node = view.nodes.get(view.node)
  const advertisements = pool.bgp.filter(
    ({ serviceSelectors, nodeSelectors }) =>
      selectsAny(serviceSelectors, service.metadata.labels) && selectsAny(nodeSelectors, node?.metadata.labels),
  )
  if (advertisements.length === 0) return 'noMatchingAdvertisement'
  if (node !== undefined && isNetworkUnavailable(node)) return 'nodeNetworkUnavailable'
  if (node !== undefined && isExcluded(view, node)) return 'nodeLabeledExcludeBalancers'
  const serving = nodesServing(slices, view.release)
  if (service.spec.externalTrafficPolicy === 'Local' && !serving.nodes.has(view.node)) return 'noLocalEndpoints'
  return serving.any ? advertisements : 'noEndpoints'
}

/** No selector selects everything; several are alternatives. */
export function selectsAny(
  selectors: readonly LabelSelector[],
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return selectors.length === 0 || selectors.some((selector) => matchesLabelSelector(selector, labels))
}

/** Endpoints that can serve: ready, or (in newer releases) terminating and still serving. */
function nodesServing(
  slices: readonly EndpointSlice[],
  { minor }: MetalLbRelease,
): { readonly any: boolean; readonly nodes: ReadonlySet<string> } {
  const nodes = new Set<string>()
  let any = false
  for (const { endpoints } of slices) {
    for (const { conditions, nodeName } of endpoints ?? []) {
      const ready = conditions?.ready ?? true
      if (!ready && !(minor >= 14 && conditions?.serving === true)) continue
      any = true
      if (nodeName !== undefined) nodes.add(nodeName)
    }
  }
  return { any, nodes }
}

function isAvailable(view: SpeakerView, name: string): boolean {
  const node = view.nodes.get(name)
  return node !== undefined && !isNetworkUnavailable(node) && !isExcluded(view, node)
}

function isExcluded({ release }: SpeakerView, { metadata }: Node): boolean {
  return (
    honoursExclusion(release) &&
    metadata.labels?.['node.kubernetes.io/exclude-from-external-load-balancers'] !== undefined
  )
}

function isNetworkUnavailable({ status }: Node): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'NetworkUnavailable' && is === 'True')
}
