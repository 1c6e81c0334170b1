// What a node's data plane needs of kube-proxy: the rules in force now, and which UDP entries of the connection table they make
// stale. The same object is returned as long as nothing has changed.

import type { Connection } from '../conntrack/connection.ts'
import type { HookRules } from './hook-rules.ts'
import type { IpFamily } from './packet.ts'

export interface NodeRules {
  /** Undefined: kube-proxy does not serve this family, and every packet passes untouched. */
  hooks(family: IpFamily): HookRules | undefined
  /** Grows with each change of slices that have UDP ports: then stale entries are looked for. */
  readonly udpGeneration: number
  /** This UDP entry leads to an endpoint its service no longer has. */
  isStale(connection: Connection): boolean
}

export type RulesSource = () => NodeRules

/** A node without kube-proxy's rules. */
export const NO_RULES: NodeRules = { hooks: () => undefined, udpGeneration: 0, isStale: () => false }
