// What a pod asks of a node: resources and host ports. Source: k8s.io/component-helpers resource (PodRequests),
// kube-scheduler framework/types.go.

import { quantityMilliValue, quantityValue, type Container, type Pod } from '@podwire/apiserver'

/** cpu in thousandths, the rest in their own unit. */
export type Amounts = ReadonlyMap<string, number>

/** What a container without requests counts as when nodes are compared (never when they are filtered). */
const ASSUMED_MILLI_CPU = 100
const ASSUMED_MEMORY = 200 * 2 ** 20

export interface HostPort {
  readonly protocol: string
  readonly ip: string
  readonly port: number
}

function amountOf(resource: string, quantity: string): number {
  return resource === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity)
}

export function amountsOf(quantities: Readonly<Record<string, string>> | undefined): Map<string, number> {
  return new Map(
    Object.entries(quantities ?? {}).map(([resource, quantity]) => [resource, amountOf(resource, quantity)]),
  )
}

type Ask = (container: Container) => Amounts

const requested: Ask = (container) => amountsOf(container.resources?.requests)

const assumed: Ask = (container) => {
  const amounts = amountsOf(container.resources?.requests)
  return new Map([
    ['cpu', amounts.get('cpu') ?? ASSUMED_MILLI_CPU],
    ['memory', amounts.get('memory') ?? ASSUMED_MEMORY],
  ])
}

const NOTHING: Amounts = new Map()

/** No part of the pod asks for anything: most pods of tests, which share what is worked out for them. */
function asksNothing({ spec }: Pod): boolean {
  if (spec.resources !== undefined || spec.overhead !== undefined || spec.initContainers !== undefined) return false
  return spec.containers.every(({ resources }) => resources?.requests === undefined)
}

/** What pods without requests count as, by the number of their containers. */
const assumedAmounts: Amounts[] = []

export function podRequests(pod: Pod): Amounts {
  if (asksNothing(pod)) return NOTHING
  const total = aggregate(pod, requested)
  // Pod-level requests take the place of the containers' sum.
  for (const [resource, amount] of amountsOf(pod.spec.resources?.requests)) total.set(resource, amount)
  add(total, amountsOf(pod.spec.overhead))
  return total
}

/** cpu and memory with assumed requests: what LeastAllocated and BalancedAllocation count. */
export function scoringRequests(pod: Pod): Amounts {
  if (asksNothing(pod)) return (assumedAmounts[pod.spec.containers.length] ??= aggregate(pod, assumed))
  const total = aggregate(pod, assumed)
  add(total, amountsOf(pod.spec.overhead))
  return total
}

/** Containers and sidecars run together; each init container runs before them, next to the sidecars started so far. */
function aggregate(pod: Pod, ask: Ask): Map<string, number> {
  const running = new Map<string, number>()
  const peak = new Map<string, number>()
  for (const container of pod.spec.initContainers ?? []) {
    const atThisStep = new Map(running)
    add(atThisStep, ask(container))
    if (container.restartPolicy === 'Always') add(running, ask(container))
    raise(peak, atThisStep)
  }
  for (const container of pod.spec.containers) add(running, ask(container))
  raise(running, peak)
  return running
}

export function add(total: Map<string, number>, amounts: Amounts, sign: 1 | -1 = 1): void {
  for (const [resource, amount] of amounts) total.set(resource, (total.get(resource) ?? 0) + sign * amount)
}

function raise(total: Map<string, number>, amounts: Amounts): void {
  for (const [resource, amount] of amounts) if (amount > (total.get(resource) ?? 0)) total.set(resource, amount)
}

// Nearly all pods have none, and share the list of none.
const NO_PORTS: readonly HostPort[] = []

export function hostPorts(pod: Pod): readonly HostPort[] {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')
  let ports: HostPort[] | undefined
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const port of container.ports ?? []) {
      if (port.hostPort === undefined || port.hostPort === 0) continue
      ports ??= []
      ports.push({ protocol: port.protocol ?? 'TCP', ip: port.hostIP || '0.0.0.0', port: port.hostPort })
    }
  }
  return ports ?? NO_PORTS
}

/** 0.0.0.0 means every address of the node. */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false
  return a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0'
}
