// What one write takes of the cluster's addresses and node ports and gives back: for good, or for show in a dry run.
// Source: kubernetes registry/core/service/portallocator/operation.go, ipallocator/ipallocator.go (dryRunAllocator).

import type { ObjectMeta } from '../../objects/kube-object.ts'
import { internalError } from '../../status/errors.ts'
import { quote } from '../../validation/field-errors.ts'
import { invalidStatus } from '../../validation/invalid-status.ts'
import { pathSegmentName } from '../../validation/names.ts'
import { validateIpAddress } from '../networking/ip-address.ts'
import { ipAddresses } from '../served-types.ts'
import type { Family, StrategyContext } from '../resource.ts'

export interface Allocation {
  /** Returns why the address cannot be had, or undefined. */
  takeIp(address: string): string | undefined
  /** @param service for whom, by name */
  takeNextIp(family: Family, service: string): string
  /** Why no IPAddress can say that the address is this Service's, or undefined. */
  claimProblem(address: string, service: ObjectMeta): string | undefined
  releaseIp(address: string): void
  takePort(port: number): string | undefined
  takeNextPort(): number
  releasePort(port: number): void
  rollback(): void
}

export function allocationFor(context: StrategyContext): Allocation {
  return context.dryRun ? new Imagined(context) : new Taken(context)
}

/** Remembers what was taken and given back, so that a refused write leaves the allocators as they were. */
export class Taken implements Allocation {
  readonly #context: StrategyContext
  readonly #undo: (() => void)[] = []

  constructor(context: StrategyContext) {
    this.#context = context
  }

  /** Returns why the address cannot be had, or undefined. */
  takeIp(address: string): string | undefined {
    const { clusterIps } = this.#context.allocators
    const problem = clusterIps.take(address)
    if (problem !== undefined) return problem
    if (this.#isClaimed(address)) {
      clusterIps.release(address)
      return 'provided IP is already allocated'
    }
    this.#undo.push(() => clusterIps.release(address))
    return undefined
  }

  takeNextIp(family: Family, service: string): string {
    const { allocators, random } = this.#context
    const passedOver: string[] = []
    let address = allocators.clusterIps.takeNext(random, family)
    while (address !== undefined && this.#isClaimed(address)) {
      passedOver.push(address)
      address = allocators.clusterIps.takeNext(random, family)
    }
    for (const claimed of passedOver) allocators.clusterIps.release(claimed)
    if (address === undefined) {
      throw internalError(`failed to allocate a serviceIP for Service ${quote(service)}: range is full`)
    }
    const taken = address
    this.#undo.push(() => allocators.clusterIps.release(taken))
    return taken
  }

  claimProblem(address: string, { name, namespace }: ObjectMeta): string | undefined {
    // Nothing else can be wrong with it.
    if (name !== '' && pathSegmentName(name).length === 0) return undefined
    const spec = { parentRef: { resource: 'services', ...(namespace === undefined ? {} : { namespace }), name } }
    return invalidStatus('IPAddress', 'networking.k8s.io', address, validateIpAddress({ spec })).message
  }

  /** By an IPAddress that somebody else wrote. */
  #isClaimed(address: string): boolean {
    return this.#context.find(ipAddresses, undefined, address) !== undefined
  }

  releaseIp(address: string): void {
    const { clusterIps } = this.#context.allocators
    if (!clusterIps.has(address)) return
    clusterIps.release(address)
    this.#undo.push(() => void clusterIps.take(address))
  }

  takePort(port: number): string | undefined {
    const { nodePorts } = this.#context.allocators
    const problem = nodePorts.take(port)
    if (problem === undefined) this.#undo.push(() => nodePorts.release(port))
    return problem
  }

  takeNextPort(): number {
    const { nodePorts } = this.#context.allocators
    const port = nodePorts.takeNext(this.#context.random)
    if (port === undefined) throw internalError('failed to allocate a nodePort: range is full')
    this.#undo.push(() => nodePorts.release(port))
    return port
  }

  releasePort(port: number): void {
    const { nodePorts } = this.#context.allocators
    if (!nodePorts.has(port)) return
    nodePorts.release(port)
    this.#undo.push(() => void nodePorts.take(port))
  }

  rollback(): void {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) undo()
  }
}

// What a dry run shows as the next node port when the write names none.
const FIRST_IMAGINED_PORT = 32_769

/** A dry run: addresses only have to be in range, new ones are the network's own, ports count on from those it has. */
class Imagined implements Allocation {
  readonly #context: StrategyContext
  readonly #ports = new Set<number>()

  constructor(context: StrategyContext) {
    this.#context = context
  }

  takeIp(address: string): string | undefined {
    const { clusterIps } = this.#context.allocators
    if (clusterIps.has(address)) return undefined
    const problem = clusterIps.take(address)
    if (problem === undefined) clusterIps.release(address)
    return problem
  }

  takeNextIp(family: Family): string {
    const range = this.#context.allocators.clusterIps.ranges.find((one) => one.family === family)
    return range?.cidr.split('/')[0] ?? ''
  }

  claimProblem(): undefined {
    return undefined
  }

  releaseIp(): void {}

  takePort(port: number): string | undefined {
    if (this.#context.allocators.nodePorts.has(port) || this.#ports.has(port)) {
      return 'provided port is already allocated'
    }
    this.#ports.add(port)
    return undefined
  }

  takeNextPort(): number {
    const port = this.#ports.size === 0 ? FIRST_IMAGINED_PORT : Math.max(...this.#ports) + 1
    this.#ports.add(port)
    return port
  }

  releasePort(): void {}

  rollback(): void {}
}
