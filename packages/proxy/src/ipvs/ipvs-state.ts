// What ipvs on one node keeps between packets: the virtual servers with their schedulers, persistence and connections.
// A virtual server is brought up to what kube-proxy wants when somebody looks at it.
// Source: kubernetes pkg/proxy/ipvs/graceful_termination.go and syncEndpoint; the kernel's ip_vs_core.c.

import { SECOND, type Microseconds } from '@podwire/engine'
import type { Packet } from '../dataplane/packet.ts'
import { schedule } from './schedulers.ts'
import { RealServer, VirtualServer, type VirtualServerSpec } from './virtual-server.ts'

/** How often kube-proxy looks whether a draining server has become idle. */
const DRAIN_CHECK_US = 60 * SECOND

export class IpvsState {
  readonly #servers = new Map<string, VirtualServer>()
  /** Taken away by hand (`ipvsadm -D`): until then, or until kube-proxy writes its rules anew. */
  readonly #deleted = new Map<string, { readonly spec: VirtualServerSpec; readonly untilUs: Microseconds }>()

  /** The server a new connection goes to; undefined: nobody can take it. */
  connect(key: string, spec: VirtualServerSpec, packet: Packet, nowUs: Microseconds): RealServer | undefined {
    const virtual = this.virtualServer(key, spec, nowUs)
    const server = persistentServer(virtual, packet.source, nowUs) ?? schedule(virtual, packet, nowUs)
    if (server === undefined) return undefined
    const { persistentSeconds } = spec
    if (persistentSeconds !== undefined) {
      virtual.templates.set(packet.source, { server, untilUs: nowUs + persistentSeconds * SECOND })
    }
    if (packet.connection !== undefined) server.add(packet.connection)
    return server
  }

  /** A virtual server as it is now. */
  virtualServer(key: string, spec: VirtualServerSpec, nowUs: Microseconds): VirtualServer {
    let virtual = this.#servers.get(key)
    if (virtual === undefined) {
      virtual = new VirtualServer({ ...spec, servers: [] })
      this.#servers.set(key, virtual)
    }
    if (virtual.spec !== spec) reconcile(virtual, spec, nowUs)
    dropDrained(virtual, nowUs)
    return virtual
  }

  /** `ipvsadm -D`: gone with all it remembers, until kube-proxy's next sync brings it back. */
  delete(key: string, spec: VirtualServerSpec, untilUs: Microseconds): void {
    this.#servers.delete(key)
    this.#deleted.set(key, { spec, untilUs })
  }

  isDeleted(key: string, spec: VirtualServerSpec, nowUs: Microseconds): boolean {
    const deleted = this.#deleted.get(key)
    if (deleted === undefined) return false
    if (deleted.spec === spec && nowUs < deleted.untilUs) return true
    this.#deleted.delete(key)
    return false
  }

  /** Virtual servers nobody wants any more are gone at once, and so is what they remember. */
  keepOnly(isWanted: (key: string) => boolean): void {
    for (const key of this.#servers.keys()) if (!isWanted(key)) this.#servers.delete(key)
  }
}

function reconcile(virtual: VirtualServer, spec: VirtualServerSpec, nowUs: Microseconds): void {
  const rescheduled = virtual.spec.scheduler !== spec.scheduler
  virtual.spec = spec
  const wanted = new Map(spec.servers.map((server) => [server.text, server]))
  let changed = rescheduled
  for (const server of [...virtual.servers]) {
    if (wanted.has(server.text)) {
      if (server.drainingSinceUs === undefined) continue
      // One that comes back while it drains is deleted and added again.
      virtual.servers = [server, ...virtual.servers.filter((other) => other !== server)]
      server.drainingSinceUs = undefined
      server.weight = 1
      changed = true
    } else if (server.drainingSinceUs === undefined) {
      changed = true
      if (spec.protocol === 'tcp' && isBusy(server, nowUs)) {
        server.weight = 0
        server.drainingSinceUs = nowUs
      } else virtual.servers = virtual.servers.filter((other) => other !== server)
    }
  }
  for (const address of spec.servers) {
    if (virtual.servers.some(({ text }) => text === address.text)) continue
    virtual.servers = [new RealServer(address), ...virtual.servers]
    changed = true
  }
  if (changed) virtual.changed()
}

function isBusy(server: RealServer, nowUs: Microseconds): boolean {
  const { active, inactive } = server.count(nowUs)
  return active + inactive > 0
}

function dropDrained(virtual: VirtualServer, nowUs: Microseconds): void {
  const left = virtual.servers.filter(
    (server) =>
      server.drainingSinceUs === undefined || nowUs - server.drainingSinceUs < DRAIN_CHECK_US || isBusy(server, nowUs),
  )
  if (left.length === virtual.servers.length) return
  virtual.servers = left
  virtual.changed()
}

/** The server this client is pinned to. The pin outlives its time while connections of the client do. */
function persistentServer(virtual: VirtualServer, client: string, nowUs: Microseconds): RealServer | undefined {
  const template = virtual.templates.get(client)
  if (template === undefined) return undefined
  const { server, untilUs } = template
  const usable = server.weight > 0 && virtual.servers.includes(server)
  if (usable && (untilUs > nowUs || server.hasConnectionFrom(client, nowUs))) return server
  virtual.templates.delete(client)
  return undefined
}
