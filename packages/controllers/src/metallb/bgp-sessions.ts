// A speaker's BGP sessions: which prefixes each peer is told. A session takes a moment to stand; with a peer that is no router it
// never does, which is logged.
// Source: metallb speaker/bgp_controller.go (syncPeers, publishAds), internal/bgp/native.

import { type Engine, MILLISECOND, type ScheduledTask, SECOND } from '@podwire/engine'
import { semanticEqual } from '../objects/semantic-equal.ts'
import type { BgpPeer } from './configuration.ts'
import type { SpeakerNetwork } from './node-network.ts'

export interface Route {
  readonly prefix: string
  /** Names of peers; empty: all. */
  readonly peers: readonly string[]
}

interface Session {
  readonly peer: BgpPeer
  readonly told: Set<string>
  established: boolean
  connecting: ScheduledTask | undefined
}

const CONNECT_US = 200 * MILLISECOND
// Three packets, 300 ms apart.
const BFD_DETECTION_US = 900 * MILLISECOND

export class BgpSessions {
  readonly #engine: Engine
  readonly #network: SpeakerNetwork
  readonly #log: (line: string) => void
  readonly #sessions = new Map<string, Session>()
  #routes: readonly Route[] = []

  constructor(engine: Engine, network: SpeakerNetwork, log: (line: string) => void) {
    this.#engine = engine
    this.#network = network
    this.#log = log
  }

  setPeers(peers: readonly BgpPeer[]): void {
    for (const [name, { peer }] of [...this.#sessions]) {
      if (!peers.some((wanted) => wanted.name === name && semanticEqual(wanted, peer))) this.#close(name)
    }
    for (const peer of peers) if (!this.#sessions.has(peer.name)) this.#open(peer)
  }

  setRoutes(routes: readonly Route[]): void {
    this.#routes = routes
    for (const session of this.#sessions.values()) this.#publish(session)
  }

  /** Says goodbye to every peer: they forget the routes at once. */
  close(): void {
    for (const name of [...this.#sessions.keys()]) this.#close(name)
  }

  /** Falls silent: each peer forgets the routes when its hold time is over, or as soon as BFD misses three packets. */
  fallSilent(): void {
    for (const { peer, told, connecting } of this.#sessions.values()) {
      if (connecting !== undefined) this.#engine.cancel(connecting)
      const holdUs = peer.bfd ? BFD_DETECTION_US : peer.holdTimeSeconds * SECOND
      // A hold time of nothing: a session that nobody watches.
      if (holdUs > 0) for (const prefix of told) this.#network.expire(peer.peerAddress, prefix, holdUs)
    }
    this.#sessions.clear()
  }

  #open(peer: BgpPeer): void {
    const session: Session = { peer, told: new Set(), established: false, connecting: undefined }
    this.#sessions.set(peer.name, session)
    if (!this.#network.isRouter(peer.peerAddress)) {
      this.#log(`failed to connect to peer ${peer.peerAddress}: no router answers there`)
      return
    }
    session.connecting = this.#engine.schedule(CONNECT_US, 'bgp-session', () => {
      session.connecting = undefined
      session.established = true
      this.#publish(session)
    })
  }

  #close(name: string): void {
    const session = this.#sessions.get(name)
    if (session === undefined) return
    if (session.connecting !== undefined) this.#engine.cancel(session.connecting)
    for (const prefix of session.told) this.#network.retract(session.peer.peerAddress, prefix)
    this.#sessions.delete(name)
  }

  #publish({ peer, told, established }: Session): void {
    if (!established) return
    const wanted = new Set(
      this.#routes.filter(({ peers }) => peers.length === 0 || peers.includes(peer.name)).map(({ prefix }) => prefix),
    )
    for (const prefix of [...told]) {
      if (wanted.has(prefix)) continue
      told.delete(prefix)
      this.#network.retract(peer.peerAddress, prefix)
    }
    for (const prefix of wanted) {
      if (told.has(prefix)) continue
      told.add(prefix)
      this.#network.advertise(peer.peerAddress, prefix)
    }
  }
}
