// Plugins, one folder each, and the chain they form (chain.ts).

export { buildChain, PLUGINS } from './chain.ts'
export {
  andThen,
  type ChainWalk,
  type DnsOutcome,
  type DnsRequest,
  type MaybePromise,
  type Next,
  type PluginContext,
  type UpstreamExchange,
} from './plugin.ts'
export { reloadTiming, type ReloadTiming } from './reload/reload.ts'
export { parseHosts, type HostsTable } from './hosts/hosts-table.ts'
export { lameDuckOf } from './health/health.ts'
