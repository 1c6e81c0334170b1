// What one write takes of the cluster's addresses and node ports and gives back: for good, or for show in a dry run.
// Source: kubernetes registry/core/service/portallocator/operation.go, ipallocator/ipallocator.go (dryRunAllocator).

import { internalError } from '../../status/errors.ts'
import type { Family, StrategyContext } from '../resource.ts'

export interface Allocation {
  /** Returns why the address cannot be had, or undefined. */
  takeIp(address: string): string | undefined
  takeNextIp(family: Family): string
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
    if (problem === undefined) this.#undo.push(() => clusterIps.release(address))
    return problem
  }

  takeNextIp(family: Family): string {
    const { clusterIps } = this.#context.allocators
    const address = clusterIps.takeNext(this.#context.random, family)
    if (address === undefined) throw internalError('failed to allocate a serviceIP: range is full')
    this.#undo.push(() => clusterIps.release(address))
    return address
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
