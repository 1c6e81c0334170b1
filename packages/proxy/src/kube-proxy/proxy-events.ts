// The Events kube-proxy writes: events.k8s.io/v1 as the core group shows them (`eventTime`, action, reporting controller).
// Source: kubernetes cmd/kube-proxy/app/server.go and pkg/proxy/healthcheck/service_health.go, pkg/proxy/util/utils.go. Events are never repeated here.

import { events, isUnreachable, type Client, type Event, type NewObject, type Service } from '@podwire/apiserver'
import type { Clock } from '@podwire/engine'
import { incorrectFamilies, type IncorrectField } from './incorrect-families.ts'
import type { ResolvedOptions } from './options.ts'

type Regarding = Event['involvedObject']

interface Report {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

export class ProxyEvents {
  readonly #client: Client
  readonly #clock: Clock
  #count = 0

  constructor(client: Client, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** Its process has started on a node. */
  starting(nodeName: string): void {
    // kube-proxy does not know the Node's uid, and puts its name there.
    const node = { kind: 'Node', name: nodeName, uid: nodeName }
    this.#write(nodeName, node, { type: 'Normal', reason: 'Starting', action: 'StartKubeProxy', note: '' })
  }

  /** The health-check node port of a Service (`ns/name`) could not be opened. */
  healthCheckFailed(nodeName: string, service: string, port: number, reason: string): void {
    const [namespace = '', name = ''] = service.split('/')
    const note = `node ${nodeName} failed to start healthcheck "${service}" on port ${port}: ${reason}`
    const report = { type: 'Warning', reason: 'FailedToStartServiceHealthcheck', action: 'Listen', note } as const
    this.#write(nodeName, { kind: 'Service', namespace, name, uid: service }, report)
  }

  /** Fields of Services have addresses of a family it does not serve, and it is of a release that says so. */
  otherFamilies(nodeName: string, services: readonly Service[], options: ResolvedOptions): void {
    if (!options.reportsOtherFamily) return
    for (const family of options.families.keys()) {
      for (const service of services) {
        for (const found of incorrectFamilies(service, family)) this.#incorrectFamily(nodeName, service, found)
      }
    }
  }

  #incorrectFamily(nodeName: string, { metadata }: Service, { field, value }: IncorrectField): void {
    const { namespace, name, uid } = metadata
    const regarding = { kind: 'Service', name, uid, ...(namespace === undefined ? {} : { namespace }) }
    const note = `${value} in ${field} has incorrect IP version`
    const report = { type: 'Warning', reason: 'KubeProxyIncorrectIPVersion', action: 'GatherEndpoints', note } as const
    this.#write(nodeName, regarding, report)
  }

  #write(nodeName: string, regarding: Regarding, { type, reason, action, note }: Report): void {
    const namespace = regarding.namespace ?? 'default'
    // As the recorder names them: the object, and the moment in hexadecimal nanoseconds; here a count keeps names apart.
    const moment = BigInt(this.#clock.wallTimeMs()) * 1_000_000n + BigInt(this.#count++)
    this.#create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${regarding.name ?? ''}.${moment.toString(16)}`, namespace },
      involvedObject: regarding,
      eventTime: this.#clock.microTimestamp(),
      type,
      reason,
      action,
      message: note,
      reportingComponent: 'kube-proxy',
      reportingInstance: `kube-proxy-${nodeName}`,
      source: {},
    })
  }

  #create(event: NewObject<Event>): void {
    try {
      this.#client.create(events, event)
    } catch (error) {
      // Upstream tries for two minutes; nobody misses one of these.
      if (!isUnreachable(error)) throw error
    }
  }
}
