// `cluster.faults`: everything that can be broken, one call each. Each call breaks something at once and returns the fault; it lasts until
// `end()`, until the block ends that it is declared in with `using`, or for the time given in `for`. Faults may overlap.
// Their arguments are plain data, so that a run can be written down and repeated.

import type { Client } from '@podwire/apiserver'
import { parseDuration, PodwireError, type Driver, type Duration, type Engine } from '@podwire/engine'
import type { ProbeKind } from '../kubelet/probes/probe-verdict.ts'
import { apiServerDown } from './api-server-down.ts'
import { containerCrash, type CrashOptions } from './container-crash.ts'
import { containerHang } from './container-hang.ts'
import { containerTarget, type ContainerTarget, type PodRef } from './container-target.ts'
import { chooseCoreDnsPod } from './core-dns-pod-lost.ts'
import { faultEnded, type FaultEvent, faultStarted, type Fault, type FaultOptions } from './fault.ts'
import type { FaultParts } from './fault-parts.ts'
import { kubeProxyNotSyncing } from './kube-proxy-not-syncing.ts'
import { networkDelay } from './network-delay.ts'
import { nodeCrash } from './node-crash.ts'
import { nodeFreeze } from './node-freeze.ts'
import { packetLoss } from './packet-loss.ts'
import { partition } from './partition.ts'
import { readSides, type Places } from './place-set.ts'
import { probeFailure } from './probe-failure.ts'
import { watchCut, watchDelay } from './watch-cut.ts'

/** A node by name or handle. */
export type NodeRef = string | { readonly name: string }

export interface ContainerFaultOptions extends FaultOptions {
  /** Which container; default the first. */
  readonly container?: string
}

export interface PartitionOptions extends FaultOptions {
  /** Only what the first set sends to the second is dropped; default false. */
  readonly oneWay?: boolean
}

export interface DelayOptions extends FaultOptions {
  /** Up to this much more or less; default 0. */
  readonly jitter?: Duration
}

export class Faults {
  readonly #engine: Engine
  readonly #driver: Driver
  readonly #client: Client
  readonly #parts: FaultParts
  readonly #active = new Map<number, Fault>()
  #count = 0

  constructor(engine: Engine, driver: Driver, client: Client, parts: FaultParts) {
    this.#engine = engine
    this.#driver = driver
    this.#client = client
    this.#parts = parts
  }

  /** Those under way, oldest first. */
  get active(): readonly FaultEvent[] {
    return [...this.#active.values()].map(({ number, kind, target }) => ({ number, kind, target }))
  }

  /** One under way, by its number. @throws PodwireError when it is over, or never was */
  fault(number: number | string): Fault {
    const found = this.#active.get(Number(number))
    if (found !== undefined) return found
    const numbers = [...this.#active.keys()].join(', ')
    throw new PodwireError('find a fault', `none under way has the number ${number}`, `There are ${numbers || 'none'}.`)
  }

  /** Ends all that are under way, the newest first. */
  endAll(): void {
    for (const fault of [...this.#active.values()].reverse()) fault.end()
  }

  /** The machine is gone with all that runs on it; it boots when the fault ends. */
  nodeCrash(node: NodeRef, options: FaultOptions = {}): Fault {
    const name = this.#node('crash a node', node)
    return this.#begin('nodeCrash', name, options, () => nodeCrash(this.#parts, name))
  }

  /** The machine is paused and goes on when the fault ends. */
  nodeFreeze(node: NodeRef, options: FaultOptions = {}): Fault {
    const name = this.#once('nodeFreeze', this.#node('freeze a node', node))
    return this.#begin('nodeFreeze', name, options, () => nodeFreeze(this.#parts, name))
  }

  /**
   * Nothing passes between two sets of places, or with `oneWay` from the first to the second. Places: `node-2` (the machine with all on
   * it), `namespace/pod`, `external`, `api-server`, `*` (all not in the other set); pod and node handles.
   */
  partition(from: Places, to: Places, options: PartitionOptions = {}): Fault {
    const [a, b] = readSides('partition the network', from, to, this.#parts)
    const { oneWay = false } = options
    const target = `${a.text} ${oneWay ? '→' : '|'} ${b.text}`
    const why = `partition ${target}`
    return this.#begin('partition', target, options, () => partition(this.#parts, a, b, oneWay, why))
  }

  /** @param rate 0 to 1: 0.1 loses every tenth packet between the two sets of places, both ways */
  packetLoss(rate: number, from: Places, to: Places, options: FaultOptions = {}): Fault {
    const [a, b] = readSides('lose packets', from, to, this.#parts)
    const target = `${rate}: ${a.text} | ${b.text}`
    return this.#begin('packetLoss', target, options, () => packetLoss(this.#parts, rate, a, b))
  }

  /** Every packet between the two sets of places is late by this much, each way. */
  delay(delay: Duration, from: Places, to: Places, options: DelayOptions = {}): Fault {
    const [a, b] = readSides('delay packets', from, to, this.#parts)
    const { jitter = 0 } = options
    const target = `${delay} ± ${jitter}: ${a.text} | ${b.text}`
    return this.#begin('delay', target, options, () => networkDelay(this.#parts, delay, jitter, a, b))
  }

  /** Clients of the API server get "connection refused". */
  apiServerDown(options: FaultOptions = {}): Fault {
    return this.#begin('apiServerDown', 'kube-apiserver', options, () => apiServerDown(this.#parts))
  }

  /** @param component `kube-controller-manager`, `kube-scheduler`, `kube-proxy`, `kube-proxy/node-1`, `kubelet/node-1`, `coredns` … */
  watchCut(component: string, options: FaultOptions = {}): Fault {
    return this.#begin('watchCut', component, options, () => watchCut(this.#parts, component))
  }

  /** A component hears of every change this much later. */
  watchDelay(component: string, delay: Duration, options: FaultOptions = {}): Fault {
    const target = `${component} ${delay}`
    return this.#begin('watchDelay', target, options, () => watchDelay(this.#parts, component, delay))
  }

  /** The node keeps the rules it has. */
  kubeProxyNotSyncing(node: NodeRef, options: FaultOptions = {}): Fault {
    const name = this.#once('kubeProxyNotSyncing', this.#node('stop the syncs of kube-proxy', node))
    return this.#begin('kubeProxyNotSyncing', name, options, () => kubeProxyNotSyncing(this.#parts, name))
  }

  /** @param pod which CoreDNS pod, by its name; default the first. Nothing reaches it any more, and nobody is told. */
  coreDnsPodLost(pod?: string, options: FaultOptions = {}): Fault {
    const key = chooseCoreDnsPod(this.#client, pod)
    const [from, to] = readSides('lose a CoreDNS pod', `pod/${key}`, '*', this.#parts)
    return this.#begin('coreDnsPodLost', key, options, () => partition(this.#parts, from, to, false, `${key} is lost`))
  }

  /** Its program ends now; with `always`, whenever it starts while the fault lasts. */
  containerCrash(pod: PodRef, options: CrashOptions & FaultOptions = {}): Fault {
    const target = containerTarget('crash a container', this.#client, pod, options.container)
    return this.#begin('containerCrash', titleOf(target), options, () => containerCrash(this.#parts, target, options))
  }

  /** Its program answers nothing; a restart heals it. */
  containerHang(pod: PodRef, options: ContainerFaultOptions = {}): Fault {
    const target = containerTarget('hang a container', this.#client, pod, options.container)
    return this.#begin('containerHang', titleOf(target), options, () => containerHang(this.#parts, target))
  }

  failReadiness(pod: PodRef, options: ContainerFaultOptions = {}): Fault {
    return this.#failProbe('readiness', pod, options)
  }

  failLiveness(pod: PodRef, options: ContainerFaultOptions = {}): Fault {
    return this.#failProbe('liveness', pod, options)
  }

  failStartup(pod: PodRef, options: ContainerFaultOptions = {}): Fault {
    return this.#failProbe('startup', pod, options)
  }

  #failProbe(kind: ProbeKind, pod: PodRef, options: ContainerFaultOptions): Fault {
    const target = containerTarget(`fail a ${kind} probe`, this.#client, pod, options.container)
    const name = `fail${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)}`
    return this.#begin(name, titleOf(target), options, () => probeFailure(this.#parts, kind, target))
  }

  /** @throws PodwireError while there is such a fault already */
  #once(kind: string, target: string): string {
    if (!this.active.some((fault) => fault.kind === kind && fault.target === target)) return target
    throw new PodwireError(`begin ${kind} of ${target}`, 'it is under way already', 'End the first one before.')
  }

  #node(action: string, node: NodeRef): string {
    const name = (typeof node === 'string' ? node : node.name).replace(/^node\//, '')
    const nodeNames = this.#parts.nodeNames()
    if (nodeNames.includes(name)) return name
    throw new PodwireError(
      action,
      `there is no node ${JSON.stringify(name)}`,
      `There are ${nodeNames.join(', ') || 'none'}.`,
    )
  }

  #begin(kind: string, target: string, options: FaultOptions, start: () => () => void): Fault {
    const lastsUs = options.for === undefined ? undefined : parseDuration(options.for)
    const engine = this.#engine
    return this.#driver.enter(() => {
      const repair = start()
      const event = { number: ++this.#count, kind, target }
      engine.bus.publish(faultStarted, event)
      const end = (): void => {
        if (!this.#active.delete(event.number)) return
        engine.cancel(timer)
        repair()
        engine.bus.publish(faultEnded, event)
      }
      const isActive = (): boolean => this.#active.has(event.number)
      const enter = (): void => this.#driver.enter(end)
      const fault: Fault = {
        ...event,
        startedUs: engine.clock.now(),
        get active() {
          return isActive()
        },
        end: enter,
        [Symbol.dispose]: enter,
      }
      this.#active.set(event.number, fault)
      const timer = lastsUs === undefined ? undefined : engine.schedule(lastsUs, `${kind} of ${target}`, end)
      return fault
    })
  }
}

function titleOf({ key, container }: ContainerTarget): string {
  return `${key} ${container.name}`
}
