// A node's Lease. Nobody sees a renewal that changes nothing else, so in virtual time the Lease is written once and brought up
// to date when the kubelet stops: staleness then counts from the last renewal a real kubelet would have made. In real time
// (`renew: true`) it is renewed every 10 seconds, so that kubectl shows a living node. Source: component-helpers lease.
// Departure: with lazy renewal a healthy node's Lease looks old; whoever judges nodes by Leases has to ask for renewal.

import { type Client, isNotFound, isUnreachable, type Lease, leases, type Node } from '@podwire/apiserver'
import { SECOND, type Engine, type Microseconds, type ScheduledTask } from '@podwire/engine'

const NAMESPACE = 'kube-node-lease'
const RENEW_INTERVAL: Microseconds = 10 * SECOND
const DURATION_SECONDS = 40

interface HeartbeatOptions {
  readonly engine: Engine
  readonly client: Client
  readonly node: Node
  readonly renew: boolean
}

export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #startUs: Microseconds
  #task: ScheduledTask | undefined

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#startUs = options.engine.clock.now()
    this.#write(0)
    if (options.renew) this.#next()
  }

  stop(): void {
    const { engine } = this.#options
    engine.cancel(this.#task)
    const age = engine.clock.now() - this.#startUs
    // Shorter than one interval: say something new all the same, so that the silence from here on is noticed.
    this.#write(this.#options.renew || age < RENEW_INTERVAL ? 0 : age % RENEW_INTERVAL)
  }

  #next(): void {
    this.#task = this.#options.engine.schedule(
      RENEW_INTERVAL,
      'node lease renewal',
      () => {
        this.#write(0)
        this.#next()
      },
      'background',
    )
  }

  #write(agoUs: Microseconds): void {
    const { client, engine, node } = this.#options
    const { name, uid } = node.metadata
    const renewTime = microTimestampAt(engine.clock.wallTimeMs() - Math.floor(agoUs / 1000))
    const spec = { holderIdentity: name, leaseDurationSeconds: DURATION_SECONDS, renewTime }
    try {
      const existing = client.find(leases, { namespace: NAMESPACE, name })
      if (existing !== undefined) {
        client.update<Lease>(leases, { ...existing, spec: { ...existing.spec, ...spec } })
        return
      }
      client.create<Lease>(leases, {
        metadata: { namespace: NAMESPACE, name, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
        spec,
      })
    } catch (error) {
      // The namespace may not be there yet (or any more), or the server: the next renewal tries again.
      if (!isNotFound(error) && !isUnreachable(error)) throw error
    }
  }
}

function microTimestampAt(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 23)}000Z`
}
