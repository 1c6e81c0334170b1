// @podwire/proxy: kube-proxy. services/ turns Services and EndpointSlices into service ports, iptables/ compiles, prints, parses
// and evaluates the rules, conntrack/ is the connection table, dataplane/ the five netfilter hooks of a node, kube-proxy/ the
// one component that watches the API and keeps every node's rules.

export {
  Packet,
  SCTP_ABORT,
  SCTP_COOKIE_ACK,
  SCTP_COOKIE_ECHO,
  SCTP_DATA,
  SCTP_HEARTBEAT,
  SCTP_HEARTBEAT_ACK,
  SCTP_INIT,
  SCTP_INIT_ACK,
  SCTP_SHUTDOWN,
  SCTP_SHUTDOWN_ACK,
  SCTP_SHUTDOWN_COMPLETE,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
  type Direction,
  type IpFamily,
  type PacketOptions,
  type Protocol,
} from './dataplane/packet.ts'
export type {
  DropReason,
  RejectWith,
  Trace,
  TraceBranch,
  TraceHook,
  TraceRewrite,
  TraceStep,
  Verdict,
} from './dataplane/verdict.ts'
export {
  NodeDataPlane,
  type HostPortTarget,
  type NodeDataPlaneOptions,
  type NodeStack,
} from './dataplane/node-data-plane.ts'
export type { Connection, Tuple } from './conntrack/connection.ts'
export { type NodeRules, type RulesSource } from './dataplane/node-rules.ts'
export type { Decision, Evaluation, HookRules } from './dataplane/hook-rules.ts'
export { IptablesHooks } from './iptables/iptables-hooks.ts'
export { conntrackList } from './conntrack/print.ts'
export { ConnectionTable } from './conntrack/connection-table.ts'
export { iptablesSave, type Counters } from './iptables/print.ts'
export { parseIptablesSave } from './iptables/parse.ts'
export { iptablesList } from './iptables/list.ts'
export { NodeTables } from './iptables/node-tables.ts'
export { Ruleset } from './iptables/ruleset.ts'
export type { ServiceInput } from './services/service-inputs.ts'
export { canonicalAddress } from './addresses/ip.ts'
export { inputProblems } from './kube-proxy/input-problems.ts'
export { RulesRun, type ClusterState, type RulesRunOptions } from './kube-proxy/rules-run.ts'
export type { RuleTables } from './iptables/chain.ts'
export type { TableName } from './iptables/rule.ts'
export { nodeFactsOf, type NodeFacts } from './services/node-facts.ts'
export type { HealthCheckPort } from './kube-proxy/health-check-ports.ts'
export type { NodeProcess } from './kube-proxy/node-process.ts'
export { KubeProxy, startKubeProxy, type StartKubeProxyOptions } from './kube-proxy/kube-proxy.ts'
export { NodeTools } from './kube-proxy/node-tools.ts'
export { danglingJumps, RulesAudit } from './kube-proxy/rules-audit.ts'
export { resolveOptions, type DetectLocalMode, type KubeProxyOptions, type ProxyMode } from './kube-proxy/options.ts'
export { healthzAnswer, livezAnswer, serviceHealthAnswer, type HealthAnswer } from './kube-proxy/health.ts'
export { nftListTable } from './nftables/print.ts'
export { NodeNftTable } from './nftables/node-table.ts'
export { NftablesHooks } from './nftables/nftables-hooks.ts'
export { compileUserspace, type UserspaceOptions } from './userspace/portal-tables.ts'
export { serviceSocketKey, type ProxiedPort, type ProxiedPorts } from './userspace/proxy-ports.ts'
export { RoundRobin } from './userspace/round-robin.ts'
export type { NftTable } from './nftables/table.ts'
export { parseNftRuleset } from './nftables/parse.ts'
export type { AddressBinder } from './kube-proxy/bound-addresses.ts'
export { compileIpvs, printIpvs } from './ipvs/compile.ts'
export type { IpvsOptions, NodeIpvs } from './ipvs/node-ipvs.ts'
export type { ToolAnswer } from './tools/tool-answer.ts'
export { runKernelTool, KERNEL_TOOLS } from './tools/index.ts'
export type { IpSet } from './ipvs/ip-set.ts'
export { ipsetSave, savedSet } from './ipvs/ipset-text.ts'
export type { Scheduler } from './ipvs/virtual-server.ts'
