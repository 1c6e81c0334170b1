// `podwire rules` on the command line: its own options, and kube-proxy's flags under their own names.
// Source: kubernetes cmd/kube-proxy/app/options.go (v1.36).

import { type Command, Option } from 'commander'
import { DETECT_LOCAL_MODES, SCHEDULERS } from '../kube-proxy/flag-values.ts'
import { collect, collectList, duration, type Finish, integer, truth, wholeNumber } from './option-values.ts'
import type { RulesFlags } from './rules.ts'

/** Flags about when kube-proxy writes, what it serves over HTTP and how it logs: with a value, or with one that may be left out. */
const WITHOUT_INFLUENCE: readonly string[] = [
  '--bind-address-hard-fail [truth]',
  '--config-sync-period <duration>',
  '--conntrack-max-per-core <count>',
  '--conntrack-min <count>',
  '--conntrack-tcp-timeout-close-wait <duration>',
  '--conntrack-tcp-timeout-established <duration>',
  '--conntrack-udp-timeout <duration>',
  '--conntrack-udp-timeout-stream <duration>',
  '--healthz-bind-address <address>',
  '--iptables-min-sync-period <duration>',
  '--iptables-sync-period <duration>',
  '--ipvs-exclude-cidrs <list>',
  '--ipvs-min-sync-period <duration>',
  '--ipvs-strict-arp [truth]',
  '--ipvs-sync-period <duration>',
  '--ipvs-tcp-timeout <duration>',
  '--ipvs-tcpfin-timeout <duration>',
  '--ipvs-udp-timeout <duration>',
  '--metrics-bind-address <address>',
  '--min-sync-period <duration>',
  '--oom-score-adj <number>',
  '--profiling [truth]',
  '--sync-period <duration>',
  '--udp-timeout <duration>',
  '-v, --v <level>',
]

const EXAMPLES = `
Examples:
  kubectl get nodes,services,endpointslices -A -o json > cluster.json
  podwire rules -f cluster.json --node node-1 --cluster-cidr 10.244.0.0/16
  podwire rules -f before.json --then after.json --node node-1 --mode nftables

Accepted too, without influence on rules:
${inLines(WITHOUT_INFLUENCE.map((flag) => /--[a-z-]+/.exec(flag)?.[0] ?? ''))}

Rules go to standard output. What kube-proxy passes over (addresses that are
none, other kinds) is noted on standard error.`

/** With commas, in lines of at most 80 columns. */
function inLines(flags: readonly string[]): string {
  const lines: string[] = []
  for (const flag of flags) {
    const longer = `${lines.at(-1) ?? ''}, ${flag}`
    if (lines.length > 0 && longer.length < 80) lines[lines.length - 1] = longer
    else lines.push(`  ${flag}`)
  }
  return lines.join(',\n')
}

export function addRules(program: Command, finish: Finish): void {
  const command = program
    .command('rules')
    .description('print the rules kube-proxy would write on a node for these objects; no cluster runs')
    .requiredOption(
      '-f, --filename <path>',
      'Nodes, Services (with status), EndpointSlices, ServiceCIDRs as YAML or JSON, lists too: a file, a folder, or - for standard input; may be repeated',
      collect,
    )
    .option(
      '--then <path>',
      'the complete state of the cluster after a change, for a kube-proxy that keeps running: shows what stays behind; may be repeated',
      collect,
    )
    .option('--node <name>', 'the Node kube-proxy runs on')
    .addOption(
      new Option('--mode <mode>', 'which rules (default: iptables)').choices([
        'iptables',
        'nftables',
        'ipvs',
        'userspace',
      ]),
    )
    .addOption(
      new Option(
        '--family <family>',
        "whose rules (default: the node's first; in nftables mode all it has addresses of)",
      ).choices(['ipv4', 'ipv6']),
    )
    .option('--nfacct', "the kernel has nfacct counters: print the counters' rules too")
    .option(
      '--service-cluster-ip-range <list>',
      "the API server's flag, for nftables mode; default: ServiceCIDRs among the objects, else the /16 (IPv6: /112) around their cluster IPs",
      collectList,
    )
    .option(
      '--interface-addresses <list>',
      "addresses of the node's interfaces; default: loopback and its InternalIPs",
      collectList,
    )
    .option('--kubernetes-version <version>', 'whose names and API versions, e.g. 1.18; default the newest')
  addProxyFlags(command)
  command
    .addHelpText('after', EXAMPLES)
    .action((flags: RulesFlags) => finish(import('./rules.ts').then(({ runRules }) => runRules(flags))))
}

/** Values that kube-proxy would not start with are refused, even where they change nothing here. */
function readable(option: Option): Option {
  if (option.flags.endsWith('[truth]')) return option.argParser(truth)
  if (option.flags.endsWith('<duration>')) return option.argParser(duration)
  if (option.flags.endsWith('<list>')) return option.argParser(collectList)
  return /<(count|number|level)>$/.test(option.flags) ? option.argParser(integer) : option
}

/** In the order of kube-proxy's own help, behind a heading of their own. */
function addProxyFlags(command: Command): void {
  const flags: readonly Option[] = [
    new Option('--bind-address <ip>', "overrides the node's primary IP"),
    new Option('--cluster-cidr <list>', 'ranges of the pods, one a family'),
    new Option('--config <path>', 'a KubeProxyConfiguration, or the ConfigMap kube-proxy: in place of the flags below'),
    new Option('--conntrack-tcp-be-liberal [truth]', 'no rule against INVALID packets').argParser(truth),
    new Option('--detect-local-mode <mode>', 'how traffic of local pods is known (default: ClusterCIDR)').choices(
      DETECT_LOCAL_MODES,
    ),
    new Option('--hostname-override <name>', 'the same as --node'),
    new Option('--iptables-localhost-nodeports [truth]', 'node ports on 127.0.0.1 (default: true)').argParser(truth),
    new Option('--iptables-masquerade-bit <bit>', 'bit of the mark in iptables and ipvs mode (default: 14)').argParser(
      wholeNumber(0, 31),
    ),
    new Option('--ipvs-scheduler <name>', 'of ipvs mode (default: rr)').choices(SCHEDULERS),
    new Option('--masquerade-all [truth]', 'masquerade all traffic to cluster IPs').argParser(truth),
    new Option(
      '--nodeport-addresses <list>',
      'ranges, or primary (default: all addresses; in nftables mode primary)',
    ).argParser(collectList),
    new Option('--pod-bridge-interface <name>', 'for BridgeInterface'),
    new Option('--pod-interface-name-prefix <prefix>', 'for InterfaceNamePrefix'),
    new Option('--proxy-port-range <from-to>', 'of userspace mode: ports it listens on'),
    new Option('--proxy-mode <mode>', 'the same as --mode').choices(['iptables', 'nftables', 'ipvs', 'userspace']),
  ]
  command.optionsGroup("kube-proxy's flags:")
  for (const option of flags) command.addOption(option)
  for (const flag of WITHOUT_INFLUENCE) command.addOption(readable(new Option(flag)).hideHelp())
}
