// The tools that show, and some that change, what a node's kernel holds: iptables, nft, ipset, ipvsadm, conntrack. Each is a function
// from its arguments and the node to an answer; who runs them (a shell on a node, a hostNetwork pod, the SDK) adds the streams.

import type { NodeTools } from '../kube-proxy/node-tools.ts'
import { conntrack } from './conntrack.ts'
import { ipset } from './ipset.ts'
import { iptables, iptablesSaveTool } from './iptables.ts'
import { nft } from './nft.ts'
import type { ToolAnswer } from './tool-answer.ts'

type KernelTool = (argv: readonly string[], node: NodeTools, stdin: string) => ToolAnswer

const TOOLS: ReadonlyMap<string, KernelTool> = new Map<string, KernelTool>([
  ...['iptables', 'iptables-nft', 'iptables-legacy'].map((name) => [name, iptables('ipv4')] as const),
  ...['ip6tables', 'ip6tables-nft', 'ip6tables-legacy'].map((name) => [name, iptables('ipv6')] as const),
  ...['iptables-save', 'iptables-nft-save', 'iptables-legacy-save'].map(
    (name) => [name, iptablesSaveTool('ipv4')] as const,
  ),
  ...['ip6tables-save', 'ip6tables-nft-save', 'ip6tables-legacy-save'].map(
    (name) => [name, iptablesSaveTool('ipv6')] as const,
  ),
  ['nft', nft],
  ['ipset', ipset],
  ['ipvsadm', (argv, node, stdin) => node.ipvsadm(argv, stdin)],
  ['ipvsadm-save', (argv, node) => node.ipvsadm(['-S', ...argv])],
  ['conntrack', conntrack],
])

export const KERNEL_TOOLS: readonly string[] = [...TOOLS.keys()]

/** @param stdin what the tool may read: saved tables */
export function runKernelTool(name: string, argv: readonly string[], node: NodeTools, stdin = ''): ToolAnswer {
  const tool = TOOLS.get(name)
  return tool === undefined
    ? { stdout: '', stderr: `${name}: not simulated\n`, exitCode: 127 }
    : tool(argv, node, stdin)
}
