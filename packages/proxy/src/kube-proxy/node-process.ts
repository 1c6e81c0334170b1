// The kube-proxy process on a node, as far as it has sockets of its own.

/** The process on a node, as far as it has sockets. */
export interface NodeProcess {
  /** What it should serve may have changed. `settled`: rules on the node have followed, what is gone may be closed. */
  update(settled: boolean): void
}
