// The rules one node has after one sync, as its data plane sees them; and which UDP connections that sync makes stale.
// Source: kubernetes pkg/proxy/conntrack/cleanup.go (v1.33 to v1.36): a port without serving endpoints is left alone.

import type { Connection } from '../conntrack/connection.ts'
import type { NodeRules } from '../dataplane/node-rules.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import { IptablesHooks } from '../iptables/iptables-hooks.ts'
import { NodeTables } from '../iptables/node-tables.ts'
import type { PortRef } from '../iptables/port-index.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import type { Sync } from './history.ts'

export class SyncedRules implements NodeRules {
  readonly sync: Sync
  readonly node: NodeFacts
  readonly #tables: ReadonlyMap<IpFamily, NodeTables>
  readonly #hooks = new Map<IpFamily, IptablesHooks>()

  constructor(sync: Sync, node: NodeFacts) {
    this.sync = sync
    this.node = node
    this.#tables = new Map([...sync.rulesets].map(([family, ruleset]) => [family, new NodeTables(ruleset, node)]))
  }

  get udpGeneration(): number {
    return this.sync.udpGeneration
  }

  tables(family: IpFamily): NodeTables | undefined {
    return this.#tables.get(family)
  }

  hooks(family: IpFamily): IptablesHooks | undefined {
    const known = this.#hooks.get(family)
    const tables = this.#tables.get(family)
    if (known !== undefined || tables === undefined) return known
    const hooks = new IptablesHooks(tables)
    this.#hooks.set(family, hooks)
    return hooks
  }

  isStale(connection: Connection): boolean {
    const ruleset = this.sync.rulesets.get(connection.family)
    if (ruleset === undefined) return false
    const { destination, destinationPort } = connection.original
    const serving =
      servingAt(ruleset, ruleset.index.at(destination), destinationPort) ??
      servingAt(ruleset, ruleset.index.nodePort('udp', destinationPort), destinationPort)
    if (serving === undefined) return false
    const { source, sourcePort } = connection.reply
    return !serving.some((endpoint) => endpoint.address === source && endpoint.port === sourcePort)
  }
}

type ServingEndpoints = readonly { readonly address: string; readonly port: number }[]

/** The endpoints a UDP entry may lead to; undefined when no port with serving endpoints is there. */
function servingAt(ruleset: Ruleset, refs: readonly PortRef[], port: number): ServingEndpoints | undefined {
  for (const ref of refs) {
    if (ref.protocol !== 'udp' || ref.port !== port) continue
    const serving = ruleset.unit(ref)?.endpoints.filter((endpoint) => endpoint.serving) ?? []
    if (serving.length > 0) return serving
  }
  return undefined
}
