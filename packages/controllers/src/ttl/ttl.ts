// How long a kubelet may keep Secrets and ConfigMaps, by the number of nodes, with overlapping steps so that a cluster at a
// boundary does not change its mind. Pure. Source: kubernetes pkg/controller/ttl/ttl_controller.go.

interface Step {
  readonly sizeMin: number
  readonly sizeMax: number
  readonly ttlSeconds: number
}

const STEPS: readonly Step[] = [
  { sizeMin: 0, sizeMax: 100, ttlSeconds: 0 },
  { sizeMin: 90, sizeMax: 500, ttlSeconds: 15 },
  { sizeMin: 450, sizeMax: 1000, ttlSeconds: 30 },
  { sizeMin: 900, sizeMax: 2000, ttlSeconds: 60 },
  { sizeMin: 1800, sizeMax: Infinity, ttlSeconds: 300 },
]

/** Walks the steps as nodes come and go. */
export class TtlOfClusterSize {
  #step = 0

  get seconds(): number {
    return STEPS[this.#step]?.ttlSeconds ?? 0
  }

  grown(nodes: number): void {
    if (nodes > (STEPS[this.#step]?.sizeMax ?? Infinity)) this.#step++
  }

  shrunk(nodes: number): void {
    if (nodes < (STEPS[this.#step]?.sizeMin ?? 0)) this.#step--
  }
}
