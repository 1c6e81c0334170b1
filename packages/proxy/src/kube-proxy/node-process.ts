// The kube-proxy process on a node, as far as it has sockets of its own: what it is told, and the health-check node ports it serves.

/** A health-check node port a node has to serve. */
export interface HealthCheckPort {
  readonly port: number
  /** `ns/name` */
  readonly service: string
}

/** The process on a node, as far as it has sockets. */
export interface NodeProcess {
  /** What it should serve may have changed. `settled`: rules on the node have followed, what is gone may be closed. */
  update(settled: boolean): void
}
