// Writes status.loadBalancer of the controller's Ingresses: at start and every 60 s, as the real one does, but with a task only
// when something may have changed. Source: ingress-nginx internal/ingress/status/status.go.

import {
  ingresses,
  isConflict,
  isNotFound,
  isUnreachable,
  type Client,
  type Ingress,
  type IngressLoadBalancerIngress,
} from '@podwire/apiserver'
import type { Engine, Microseconds, ScheduledTask } from '@podwire/engine'
import { sameAddresses } from './status-address.ts'

export interface StatusWriterOptions {
  readonly engine: Engine
  readonly client: Client
  readonly name: string
  readonly intervalUs: Microseconds
  /** The Ingresses whose status is ours. */
  readonly owned: () => Iterable<Ingress>
  /** Undefined: the status is left alone. */
  readonly addresses: () => readonly IngressLoadBalancerIngress[] | undefined
  readonly isLeader: () => boolean
}

export class StatusWriter {
  readonly #options: StatusWriterOptions
  readonly #startUs: Microseconds
  #task: ScheduledTask | undefined

  constructor(options: StatusWriterOptions) {
    this.#options = options
    this.#startUs = options.engine.clock.now()
  }

  /** Something changed that may show in a status: it is written at the next beat. `ingress`: in its own alone. */
  mark(ingress?: Ingress): void {
    if (this.#task?.pending === true) return
    if (ingress !== undefined && this.#isUpToDate(ingress)) return
    const { engine, intervalUs, name } = this.#options
    const sinceBeatUs = (engine.clock.now() - this.#startUs) % intervalUs
    const delayUs = sinceBeatUs === 0 ? 0 : intervalUs - sinceBeatUs
    this.#task = engine.schedule(delayUs, `${name} status`, () => this.#beat())
  }

  #beat(): void {
    const addresses = this.#options.addresses()
    if (addresses !== undefined) this.write(addresses)
  }

  /** Writes these addresses to every Ingress that shows others. */
  write(addresses: readonly IngressLoadBalancerIngress[]): void {
    if (!this.#options.isLeader()) return
    for (const ingress of [...this.#options.owned()]) {
      if (shows(ingress, addresses)) continue
      this.#writeOne(ingress, addresses)
    }
  }

  stop(): void {
    this.#options.engine.cancel(this.#task)
  }

  #isUpToDate(ingress: Ingress): boolean {
    const addresses = this.#options.addresses()
    return addresses === undefined || shows(ingress, addresses)
  }

  #markAgain(): void {
    if (this.#task?.pending === true) return
    const { engine, intervalUs, name } = this.#options
    this.#task = engine.schedule(intervalUs, `${name} status`, () => this.#beat(), 'background')
  }

  #writeOne(ingress: Ingress, addresses: readonly IngressLoadBalancerIngress[]): void {
    const { namespace, name } = ingress.metadata
    const shown = addresses.map(({ ip, hostname }) => (ip === undefined ? { hostname: hostname ?? '' } : { ip }))
    try {
      this.#options.client.modify(
        ingresses,
        { namespace, name },
        (draft) => {
          draft.status = { loadBalancer: shown.length === 0 ? {} : { ingress: shown } }
        },
        { subresource: 'status' },
      )
    } catch (error) {
      if (isUnreachable(error)) return this.#markAgain()
      // Gone or changed in between: the informer will say so, and the next beat writes again.
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }
}

function shows(ingress: Ingress, addresses: readonly IngressLoadBalancerIngress[]): boolean {
  return sameAddresses(ingress.status?.loadBalancer?.ingress ?? [], addresses)
}
