// Defaults of containers. Source: kubernetes core/v1/defaults.go, zz_generated.defaults.go; recorded pods of 1.36.

import type { Container, EphemeralContainer, Lifecycle, Probe, ResourceRequirements } from '../../objects/index.ts'
import { formatQuantity, parseQuantity } from '../../validation/quantity.ts'
import type { Mutable } from '../resource.ts'
import { defaultPullPolicy } from './image-reference.ts'

// Defaults that are objects are shared: frozen once, they cost nothing per pod.
const EMPTY = Object.freeze({})

type AnyContainer = Mutable<Container> | Mutable<EphemeralContainer>

export function defaultContainer(container: AnyContainer): void {
  const { ports, env, resources, livenessProbe, readinessProbe, startupProbe, lifecycle } = container
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '')
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  if (ports !== undefined) for (const port of ports) port.protocol ||= 'TCP'
  if (env !== undefined) for (const variable of env) defaultVariable(variable)
  if (resources === undefined) container.resources = EMPTY
  else roundAmounts(resources)
  if (livenessProbe !== undefined) defaultProbe(livenessProbe)
  if (readinessProbe !== undefined) defaultProbe(readinessProbe)
  if (startupProbe !== undefined) defaultProbe(startupProbe)
  if (lifecycle !== undefined) defaultLifecycle(lifecycle)
}

function defaultVariable({ valueFrom }: Mutable<NonNullable<Container['env']>[number]>): void {
  if (valueFrom?.fieldRef !== undefined) valueFrom.fieldRef.apiVersion ||= 'v1'
  if (valueFrom?.resourceFieldRef !== undefined) valueFrom.resourceFieldRef.divisor ??= '0'
  if (valueFrom?.fileKeyRef !== undefined) valueFrom.fileKeyRef.optional ??= false
}

/** Nothing is measured finer than a thousandth. */
export function roundAmounts({ limits, requests }: Mutable<ResourceRequirements>): void {
  if (limits !== undefined) roundList(limits)
  if (requests !== undefined) roundList(requests)
}

const MILLI = 1_000_000n

export function roundList(amounts: Record<string, string>): void {
  for (const [name, text] of Object.entries(amounts)) {
    const last = text.charAt(text.length - 1)
    // The canonical form of what is finer ends in its unit, or has a negative exponent.
    if (last !== 'n' && last !== 'u' && !text.includes('e-')) continue
    const quantity = parseQuantity(text)
    if (quantity === undefined) continue
    const rest = ((quantity.nano % MILLI) + MILLI) % MILLI
    const nano = rest === 0n ? quantity.nano : quantity.nano + MILLI - rest
    amounts[name] = formatQuantity({ ...quantity, nano })
  }
}

function defaultProbe(probe: Mutable<Probe>): void {
  // Zero means "not said" for all of them but the initial delay, which is then left out.
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  if (probe.initialDelaySeconds === 0) delete probe.initialDelaySeconds
  defaultHttpGet(probe.httpGet)
  if (probe.grpc !== undefined) probe.grpc.service ??= ''
}

function defaultLifecycle({ postStart, preStop }: Mutable<Lifecycle>): void {
  defaultHttpGet(postStart?.httpGet)
  defaultHttpGet(preStop?.httpGet)
}

function defaultHttpGet(get: Mutable<Probe>['httpGet']): void {
  if (get === undefined) return
  get.path ||= '/'
  get.scheme ||= 'HTTP'
}

/** What Go leaves out when it is zero. */
export function dropEmptyPortFields(container: AnyContainer): void {
  for (const port of container.ports ?? []) {
    if (port.hostPort === 0) delete port.hostPort
    if (port.name === '') delete port.name
  }
}

/** On the node's own network a port of the container is a port of the node. */
export function defaultHostPorts(containers: readonly AnyContainer[] | undefined): void {
  for (const { ports } of containers ?? []) {
    for (const port of ports ?? []) if ((port.hostPort ?? 0) === 0) port.hostPort = port.containerPort
  }
}

/** A limit without a request asks for as much. */
export function defaultRequests({ resources }: Mutable<Container>): void {
  if (resources?.limits === undefined) return
  for (const [name, quantity] of Object.entries(resources.limits)) {
    if (resources.requests !== undefined && Object.hasOwn(resources.requests, name)) continue
    resources.requests = { ...resources.requests, [name]: quantity }
  }
}
