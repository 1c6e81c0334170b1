// The servers of an upstream block and which of them is asked: smooth weighted turns, ip_hash, least_conn; who failed max_fails times
// is left out for fail_timeout, then probed with one request. Pure: time is handed in, in whole seconds, as nginx counts.
// Source: nginx src/http/ngx_http_upstream_round_robin.c, modules/ngx_http_upstream_{ip_hash,least_conn}_module.c.

export interface PeerSettings {
  readonly address: string
  readonly port: number
  readonly weight: number
  readonly maxFails: number
  readonly failTimeoutSeconds: number
  readonly backup: boolean
  readonly down: boolean
}

export type BalancingMethod = 'round_robin' | 'ip_hash' | 'least_conn'

export interface Peer extends PeerSettings {
  effective: number
  current: number
  fails: number
  checkedSeconds: number
  accessedSeconds: number
  connections: number
}

const IP_HASH_TRIES = 20

export class UpstreamPeers {
  readonly #primary: readonly Peer[]
  readonly #backup: readonly Peer[]
  readonly #method: BalancingMethod

  constructor(settings: readonly PeerSettings[], method: BalancingMethod) {
    const peers = settings.map((one) => ({
      ...one,
      effective: one.weight,
      current: 0,
      fails: 0,
      checkedSeconds: 0,
      accessedSeconds: 0,
      connections: 0,
    }))
    this.#primary = peers.filter(({ backup }) => !backup)
    this.#backup = peers.filter(({ backup }) => backup)
    this.#method = method
  }

  /** How many there are to try. */
  get size(): number {
    return this.#primary.length + this.#backup.length
  }

  /** @param tried by this request already. @returns undefined: no live upstreams */
  pick(nowSeconds: number, tried: ReadonlySet<Peer>, client: string): Peer | undefined {
    const chosen = this.#choose(this.#primary, nowSeconds, tried, client) ?? this.#turn(this.#backup, nowSeconds, tried)
    if (chosen === undefined) return undefined
    if (nowSeconds - chosen.checkedSeconds > chosen.failTimeoutSeconds) chosen.checkedSeconds = nowSeconds
    chosen.connections++
    return chosen
  }

  /** @returns whether it is left out from now on */
  failed(peer: Peer, nowSeconds: number): boolean {
    peer.connections--
    // The only server of a group is asked whatever happened.
    if (this.size === 1) return false
    peer.fails++
    peer.accessedSeconds = nowSeconds
    peer.checkedSeconds = nowSeconds
    if (peer.maxFails === 0) return false
    peer.effective = Math.max(0, peer.effective - Math.floor(peer.weight / peer.maxFails))
    return peer.fails >= peer.maxFails
  }

  succeeded(peer: Peer): void {
    peer.connections--
    if (peer.accessedSeconds < peer.checkedSeconds) peer.fails = 0
  }

  #choose(peers: readonly Peer[], now: number, tried: ReadonlySet<Peer>, client: string): Peer | undefined {
    if (this.#method === 'ip_hash') return this.#hashed(peers, now, tried, client) ?? this.#turn(peers, now, tried)
    if (this.#method === 'round_robin') return this.#turn(peers, now, tried)
    const able = peers.filter((peer) => this.#isAble(peer, now, tried))
    const [first, ...others] = able
    if (first === undefined) return undefined
    const least = others.reduce((best, peer) => (isBusier(best, peer) ? peer : best), first)
    const equal = able.filter((peer) => peer.connections * least.weight === least.connections * peer.weight)
    return this.#turn(equal, now, tried)
  }

  #isAble(peer: Peer, now: number, tried: ReadonlySet<Peer>): boolean {
    if (peer.down || tried.has(peer)) return false
    if (this.size === 1 || peer.maxFails === 0 || peer.fails < peer.maxFails) return true
    return now - peer.checkedSeconds > peer.failTimeoutSeconds
  }

  #turn(peers: readonly Peer[], now: number, tried: ReadonlySet<Peer>): Peer | undefined {
    let best: Peer | undefined
    let total = 0
    for (const peer of peers) {
      if (!this.#isAble(peer, now, tried)) continue
      peer.current += peer.effective
      total += peer.effective
      if (peer.effective < peer.weight) peer.effective++
      if (best === undefined || peer.current > best.current) best = peer
    }
    if (best !== undefined) best.current -= total
    return best
  }

  /** By the client's network: the first three octets of IPv4, all of IPv6. */
  #hashed(peers: readonly Peer[], now: number, tried: ReadonlySet<Peer>, client: string): Peer | undefined {
    const total = peers.reduce((sum, { weight }) => sum + weight, 0)
    const octets = client.includes(':') ? [...Buffer.from(client)] : client.split('.').slice(0, 3).map(Number)
    let hash = 89
    for (let tries = 0; tries < IP_HASH_TRIES; tries++) {
      for (const octet of octets) hash = (hash * 113 + octet) % 6271
      let left = hash % total
      const peer = peers.find(({ weight }) => (left -= weight) < 0)
      if (peer !== undefined && this.#isAble(peer, now, tried)) return peer
    }
    return undefined
  }
}

const isBusier = (best: Peer, peer: Peer): boolean => peer.connections * best.weight < best.connections * peer.weight
