// Why a Service has the endpoints it has: its selector, the pods that match, which of them are ready, and why the others are not.
// Said when a check of a Service fails: "no endpoints" alone does not tell what to repair.

import { endpointSlices, pods, services, type Pod, type Service } from '@podwire/apiserver'
import type { Cluster } from '../sdk/cluster.ts'
import { fact, type Fact } from './expectation.ts'

export interface ReadyEndpoint {
  readonly address: string
  readonly ports: readonly number[]
  /** Name of the pod behind it, in the Service's namespace. */
  readonly pod: string | undefined
}

export function readyEndpoints(cluster: Cluster, namespace: string, service: string): readonly ReadyEndpoint[] {
  const labelSelector = `kubernetes.io/service-name=${service}`
  return cluster.client.list(endpointSlices, { namespace, labelSelector }).items.flatMap((slice) => {
    const ports = (slice.ports ?? []).flatMap(({ port }) => (port === undefined ? [] : [port]))
    return (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses, targetRef }) =>
        addresses.map((address) => ({ address, ports, pod: targetRef?.kind === 'Pod' ? targetRef.name : undefined })),
      )
  })
}

/** What stands in the way of a Service's endpoints, as facts that are not right. None when nothing does. */
export function endpointTroubles(cluster: Cluster, namespace: string, name: string): readonly Fact[] {
  const service = cluster.client.find(services, { namespace, name })
  if (service === undefined) {
    return [fact(false, `there is no Service ${namespace}/${name}`, `没有 Service ${namespace}/${name}`)]
  }
  const { selector = {} } = service.spec
  if (Object.keys(selector).length === 0) {
    return [
      fact(
        false,
        `Service ${name} has no selector: nobody makes endpoints for it but you`,
        `Service ${name} 没有选择器：除了你自己，没有人会为它创建 Endpoints`,
      ),
    ]
  }
  const text = selectorText(selector)
  const all = cluster.client
    .list(pods, { namespace })
    .items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const matching = all.filter(({ metadata }) =>
    Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value),
  )
  if (matching.length === 0) return [nobodyMatches(name, text, all)]
  return [...matching.flatMap(podTrouble), ...matching.flatMap((pod) => portTrouble(service, pod))]
}

function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

function nobodyMatches(name: string, selector: string, all: readonly Pod[]): Fact {
  const labels = [...new Set(all.map(({ metadata }) => selectorText(metadata.labels ?? {})))].filter(
    (text) => text !== '',
  )
  return fact(
    false,
    `the selector of Service ${name} is ${selector}, and no pod has these labels; pods here have: ${labels.join(' | ') || 'none'}`,
    `Service ${name} 的选择器是 ${selector}，没有 Pod 带有这些标签；这里的 Pod 标签有：${labels.join(' | ') || '无'}`,
  )
}

function podTrouble(pod: Pod): readonly Fact[] {
  const { metadata, spec, status } = pod
  const ready = (status?.conditions ?? []).find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return []
  const waiting = (status?.containerStatuses ?? []).flatMap(({ name, state }) =>
    state?.waiting?.reason === undefined ? [] : [`${name} ${state.waiting.reason}`],
  )
  const probe = spec.containers.find(({ readinessProbe }) => readinessProbe !== undefined)?.readinessProbe
  const probed = probe?.httpGet === undefined ? '' : `, GET ${probe.httpGet.path ?? '/'} :${probe.httpGet.port}`
  const why =
    waiting.length > 0
      ? waiting.join(', ')
      : `${status?.phase ?? 'Pending'}${probe === undefined ? '' : `, readinessProbe${probed}`}`
  return [fact(false, `pod ${metadata.name} is not ready: ${why}`, `Pod ${metadata.name} 未就绪：${why}`)]
}

/** A targetPort by name that the pod does not have gives an endpoint without a port. */
function portTrouble(service: Service, pod: Pod): readonly Fact[] {
  const named = (pod.spec.containers ?? []).flatMap(({ ports = [] }) => ports.map(({ name }) => name))
  return (service.spec.ports ?? []).flatMap(({ targetPort }) =>
    typeof targetPort === 'string' && !named.includes(targetPort)
      ? [
          fact(
            false,
            `targetPort is ${targetPort}, and pod ${pod.metadata.name} has no port of that name`,
            `targetPort 是 ${targetPort}，而 Pod ${pod.metadata.name} 没有叫这个名字的端口`,
          ),
        ]
      : [],
  )
}
