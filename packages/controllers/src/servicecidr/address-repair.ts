// The repair loop of ClusterIPs, as the API server runs it: an IPAddress for every ClusterIP, and none without its Service. What
// is wrong with a Service's addresses is put right when the Service changes or at the next resync, every three minutes; addresses
// whose Service is not there go after a minute. Source: kubernetes pkg/registry/core/service/ipallocator/controller/repairip.go.

import {
  createEventSeriesRecorder,
  createWorkQueue,
  type EventSeriesRecorder,
  type Informer,
  type IPAddress,
  ipAddresses,
  isAlreadyExists,
  isNotFound,
  type KubeObject,
  objectKey,
  type Service,
  serviceCidrs,
  services,
} from '@podwire/apiserver'
import { MILLISECOND, MINUTE } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { accountLatency } from '../manager/latency.ts'
import { addressesOf, addressProblem, addressOf, isManaged, referenceText } from './address-reference.ts'
import { containsAddress } from './reconcile.ts'

const NAME = 'ipallocator-repair-controller'
const RESYNC_US = 3 * MINUTE
/** A Service may still be on its way to the store. */
const GRACE_MS = 60_000

export const addressRepairController: ControllerDefinition = {
  name: NAME,
  start: (context) => new AddressRepair(context),
}

class AddressRepair implements RunningController {
  readonly #context: ControllerContext
  readonly #services: Informer<Service>
  readonly #addresses: Informer<IPAddress>
  readonly #events: EventSeriesRecorder
  readonly #serviceQueue: ReturnType<typeof createWorkQueue>
  readonly #addressQueue: ReturnType<typeof createWorkQueue>
  readonly #startUs: number

  constructor(context: ControllerContext) {
    const { engine, client, informers } = context
    this.#context = context
    this.#startUs = engine.clock.now()
    this.#events = createEventSeriesRecorder({ engine, client, controller: NAME, host: 'localhost' })
    const options = { engine, latency: accountLatency }
    this.#serviceQueue = createWorkQueue({ ...options, name: NAME, process: (key) => this.#repairService(key) })
    this.#addressQueue = createWorkQueue({
      ...options,
      name: `${NAME}: addresses`,
      process: (name) => this.#repairAddress(name),
    })
    this.#services = informers.informer(services)
    this.#services.addIndex('cluster-ip', addressesOf)
    this.#addresses = informers.informer(ipAddresses)
    this.#services.onChange(({ type, object }) => {
      if (type === 'deleted') return
      // A new Service is told of before its addresses are, or after: those that are there can be wrong all the same.
      const isWrong = (ip: string): boolean => {
        const known = this.#addresses.get(undefined, ip)
        return known === undefined ? type === 'updated' : addressProblem(known, object) !== undefined
      }
      if (addressesOf(object).some(isWrong)) this.#serviceQueue.add(objectKey(object))
    })
    this.#addresses.onChange(({ type, object }) => this.#addressChanged(object, type === 'deleted'))
  }

  stop(): void {
    this.#events.stop()
    this.#serviceQueue.stop()
    this.#addressQueue.stop()
  }

  #addressChanged(address: IPAddress, isGone: boolean): void {
    const { name } = address.metadata
    for (const service of this.#services.byIndex('cluster-ip', name)) {
      if (!isGone && addressProblem(address, service) === undefined) continue
      const sinceUs = (this.#context.engine.clock.now() - this.#startUs) % RESYNC_US
      this.#serviceQueue.addAfter(objectKey(service), RESYNC_US - sinceUs, 'background')
    }
    if (isGone || !isManaged(address)) return
    const parent = this.#parentOf(address)
    if (parent === undefined) this.#addressQueue.addAfter(name, GRACE_MS * MILLISECOND, 'background')
    else if (!addressesOf(parent).includes(name)) this.#addressQueue.add(name)
  }

  #parentOf({ spec }: IPAddress): Service | undefined {
    const { group = '', resource, namespace, name = '' } = spec?.parentRef ?? {}
    return group === '' && resource === 'services' ? this.#services.get(namespace, name) : undefined
  }

  #repairService(key: string): void {
    const service = this.#services.byKey(key)
    if (service === undefined) return
    const ranges = this.#context.informers.informer(serviceCidrs).list()
    for (const ip of addressesOf(service)) {
      const family = `[${ip.includes(':') ? 'IPv6' : 'IPv4'}]`
      if (!ranges.some(({ spec }) => spec?.cidrs?.some((range) => containsAddress(range, ip)))) {
        const note = `Cluster IP ${family}: ${ip} is not within any configured Service CIDR; please recreate service`
        this.#tell(service, 'ClusterIPOutOfRange', note)
      } else this.#repairClusterIp(service, ip, family)
    }
  }

  #repairClusterIp(service: Service, ip: string, family: string): void {
    const { client } = this.#context
    const known = client.find(ipAddresses, { name: ip })
    const problem = known === undefined ? 'missing' : addressProblem(known, service)
    if (problem === undefined) return
    if (problem === 'missing') {
      this.#tell(service, 'ClusterIPNotAllocated', `Cluster IP ${family}: ${ip} is not allocated; repairing`)
    } else if (problem === 'reference') {
      const other = known === undefined ? undefined : this.#parentOf(known)
      if (other !== undefined && addressesOf(other).includes(ip)) {
        const note = `Cluster IP ${family}:${ip} was assigned to multiple services; please recreate service`
        this.#tell(service, 'ClusterIPAlreadyAllocated', note)
        return
      }
      // Upstream leaves the reference to a Service that has other addresses; the address goes with that check.
      if (other !== undefined) return
      const note = `the ClusterIP ${family}: ${ip} for Service ${objectKey(service)} has a wrong reference; repairing`
      this.#tell(service, 'ClusterIPNotAllocated', note)
    }
    if (known !== undefined) this.#delete(known)
    try {
      client.create(ipAddresses, addressOf(service, ip))
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
  }

  #repairAddress(name: string): void {
    const { client, engine } = this.#context
    const address = client.find(ipAddresses, { name })
    if (address === undefined || !isManaged(address)) return
    const { group = '', resource, namespace = '', name: service = '' } = address.spec?.parentRef ?? {}
    if (group !== '' || resource !== 'services') {
      const what = `not referencing a Service ${referenceText(address.spec?.parentRef)}`
      this.#tell(
        address,
        'IPAddressNotAllocated',
        `IPAddress ${name} appears to have been modified, ${what}: cleaning up`,
      )
      this.#delete(address)
      return
    }
    const parent = client.find(services, { namespace, name: service })
    if (parent !== undefined) {
      if (addressesOf(parent).includes(name)) return
      const note = `IPAddress: ${name} for Service ${namespace}/${service} has a wrong reference; cleaning up`
      this.#tell(address, 'IPAddressWrongReference', note)
      this.#delete(address)
      return
    }
    const leftMs = Date.parse(address.metadata.creationTimestamp) + GRACE_MS - engine.clock.wallTimeMs()
    if (leftMs >= 0) {
      this.#addressQueue.addAfter(name, Math.max(1, leftMs) * MILLISECOND, 'background')
      return
    }
    const note = `IPAddress: ${name} for Service ${namespace}/${service} appears to have leaked: cleaning up`
    this.#tell(address, 'IPAddressNotAllocated', note)
    this.#delete(address)
  }

  #delete(address: IPAddress): void {
    try {
      this.#context.client.delete(ipAddresses, address.metadata)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  #tell(about: KubeObject, reason: string, note: string): void {
    const action = about.kind === 'Service' ? 'ClusterIPAllocation' : 'IPAddressAllocation'
    this.#events.event(about, { type: 'Warning', reason, action, note })
  }
}
