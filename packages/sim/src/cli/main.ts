// The podwire command: what it offers, with its flags. Each subcommand is one file, loaded when it is asked for; this one only
// reads the command line.

import { Command, CommanderError, Help, Option } from 'commander'
import { PodwireError } from '@podwire/engine'
import type { DemoOptions } from './demo.ts'
import { ALL_RIGHT, NOT_DONE, STATUS_HELP } from './exit-status.ts'
import { addGraph } from './graph-command.ts'
import { addLab } from './lab-command.ts'
import { collect, type Finish, ingressList, integer, positiveNumber, wholeNumber } from './option-values.ts'
import { addFault } from './fault-command.ts'
import { addReplay } from './replay-command.ts'
import { addRules } from './rules-command.ts'
import { addRun } from './run-command.ts'
import type { TraceOptions } from './trace.ts'
import type { UpOptions } from './up.ts'
import type { UserKubeconfigOptions } from './user-kubeconfig.ts'

/** Runs one command line (without node and the script's path) and returns the exit status. */
export async function runCli(args: readonly string[]): Promise<number> {
  let status = 0
  const finish = async (work: Promise<number>): Promise<void> => {
    status = await work
  }
  const program = createProgram(finish)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ALL_RIGHT : NOT_DONE
    if (!isSaid(error)) throw error
    const refused = error instanceof PodwireError ? '' : 'the API server refuses what it is given: '
    process.stderr.write(`podwire: ${refused}${error.message}\n`)
    return NOT_DONE
  }
}

/** What is said to people as it is. (The API server is not loaded for its error's class.) */
function isSaid(error: unknown): error is Error {
  return error instanceof PodwireError || (error instanceof Error && error.name === 'StatusError')
}

/** Beside the longest flags there is still room to wrap in at 80 columns; a default that says nothing is left out. */
const HELP: Partial<Help> = {
  minWidthToWrap: 24,
  optionDescription: (option) => {
    const { defaultValue } = option as { defaultValue?: unknown }
    const says = defaultValue !== true && !(Array.isArray(defaultValue) && defaultValue.length === 0)
    const text = new Help().optionDescription(option)
    return says ? text : text.replace(/ \(default: [^()]*\)$/, '')
  },
}

function createProgram(finish: Finish): Command {
  const program = new Command('podwire')
    .description(
      'A whole Kubernetes service-networking cluster in one process: kubectl, kube-proxy, DNS and Ingress on one clock.',
    )
    .version('0.1.0')
    .configureHelp(HELP)
    .exitOverride()
    .showHelpAfterError('Run podwire --help for what there is.')
  addUp(program, finish)
  addDemo(program, finish)
  addExec(program, finish)
  addTrace(program, finish)
  addFault(program, finish)
  addKubeconfig(program, finish)
  addRules(program, finish)
  addGraph(program, finish)
  addRun(program, finish)
  addLab(program, finish)
  addReplay(program, finish)
  program.addHelpText('after', STATUS_HELP)
  sayWhoseHelp(program, 'podwire')
  return program
}

/** After a mistake the help of the very command is named. */
function sayWhoseHelp(command: Command, path: string): void {
  for (const sub of command.commands) {
    const subPath = `${path} ${sub.name()}`
    sub.showHelpAfterError(`Run ${subPath} --help for what there is.`)
    sayWhoseHelp(sub, subPath)
  }
}

function addUp(program: Command, finish: Finish): void {
  const up = program
    .command('up')
    .description('boot a cluster and serve it until Ctrl-C: API server, node ports and DNS, all on loopback')
    .option('--kubeconfig <file>', 'where to write the kubeconfig', '.podwire/kubeconfig')
    .option('--api-port <port>', 'port of the API server on 127.0.0.1; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .option(
      '--dns-port <port>',
      'port of cluster DNS on its loopback address; 0 takes a free one',
      wholeNumber(0, 65_535),
      1053,
    )
    .option(
      '--socks-port <port>',
      'port of a SOCKS5 door on 127.0.0.1, through which browsers reach cluster names; 0 takes a free one, default none',
      wholeNumber(0, 65_535),
    )
    .option('--token <text>', 'bearer token of the administrator; default a random one')
    .option('--speed <factor>', 'virtual seconds per real second', positiveNumber, 1)
    .option('-f, --filename <path>', 'apply these manifests at start; may be repeated', collect, [])
    .option('--demo', 'apply the demo manifests at start')
    .option('--record <file>', 'write all that comes from outside to a new file; `podwire replay` runs it again')
  addClusterOptions(up)
  addProxyFlags(up)
  up.action((options: UpOptions) => finish(import('./up.ts').then(({ runUp }) => runUp(options))))
}

/** What the cluster is like, as opposed to how it is reached. */
function addClusterOptions(command: Command): void {
  const choice = (flags: string, what: string, choices: readonly string[]): Option =>
    new Option(flags, what).choices(choices)
  command
    .option('--nodes <count>', 'how many virtual nodes', wholeNumber(1, 5000), 3)
    .option('--seed <number>', 'what everything random follows from', integer, 1)
    .option('--kubernetes-version <version>', 'which release this looks like, e.g. 1.18: API versions, texts, defaults')
    .option('--strict-images', 'unknown images fail to pull instead of answering on their declared ports')
    .option(
      '--ingress <list>',
      'Ingress controllers, with commas: nginx, traefik, haproxy; default nginx',
      ingressList,
      true,
    )
    .option('--no-ingress', 'leave Ingress controllers out')
    .option('--outer-nginx <file>', 'run nginx with this configuration on the host outside, in front of the nodes')
    .addOption(
      choice(
        '--load-balancer <kind>',
        'what gives Services of type LoadBalancer addresses: MetalLB (make an IPAddressPool), or a cloud; default nothing: <pending>',
        ['metallb', 'cloud'],
      ),
    )
    .option(
      '--bare',
      'the API server alone: no nodes, no scheduler, no system pods; controllers only for service accounts, root certificates and namespaces',
    )
    .option(
      '--controllers <list>',
      "which controllers run, with commas: kube-controller-manager's names, scheduler, * for all, -NAME to leave one out",
    )
    .option(
      '--pod-network-cidr <ranges>',
      'pods’ range, or one of each IP family with a comma: 10.244.0.0/16,fd00:10:244::/56',
    )
    .option(
      '--service-cidr <ranges>',
      'range of ClusterIPs, or one of each family, the primary one first: 10.96.0.0/16,fd00:10:96::/112',
    )
    .option('--service-node-port-range <range>', 'ports for NodePort Services', '30000-32767')
    .addOption(
      choice(
        '--authorization <mode>',
        'what users other than the administrator may do: what roles allow, or everything',
        ['RBAC', 'AlwaysAllow'],
      ).default('RBAC'),
    )
}

const PROXY_MODES = ['iptables', 'ipvs', 'nftables', 'userspace']

/** kube-proxy's own. */
function addProxyFlags(command: Command): void {
  command
    .addOption(new Option('--proxy-mode <mode>', 'kube-proxy mode').choices(PROXY_MODES).default('iptables'))
    .option('--ipvs-scheduler <name>', 'scheduler of ipvs mode: rr, wrr, lc, wlc, sh, dh, sed, nq or mh')
    .option(
      '--cluster-cidr <range>',
      'the pods’ range, which kube-proxy does not masquerade; default the pod networks’',
    )
    .option('--masquerade-all', 'masquerade everything sent to service addresses')
    .option(
      '--nodeport-addresses <ranges>',
      'where node ports answer: ranges with commas, or primary; default everywhere',
    )
    .option('--min-sync-period <duration>', 'how often kube-proxy may write its rules at most, e.g. 1s')
    .option('--sync-period <duration>', 'how often kube-proxy goes over its rules, e.g. 30s')
}

function addDemo(program: Command, finish: Finish): void {
  program
    .command('demo')
    .description('run the four flows (Service, NodePort, Ingress, headless) in virtual time, print each trace, and end')
    .option('--seed <number>', 'what everything random follows from', integer, 1)
    .option('--hash-only', 'print only the trace hash: equal for equal seeds, in any process')
    .action((options: DemoOptions) => finish(import('./demo.ts').then(({ runDemo }) => runDemo(options))))
}

function addExec(program: Command, finish: Finish): void {
  program
    .command('exec')
    .description('run a command on the simulated host outside the cluster, or on a node')
    .argument('<place>', 'external, or node/NAME')
    .argument('<command...>', 'what to run there, after --')
    .option('--kubeconfig <file>', 'kubeconfig of the running cluster; default KUBECONFIG, then .podwire/kubeconfig')
    .addHelpText(
      'after',
      '\nExamples:\n  podwire exec external -- curl http://172.18.0.2:30123/\n  podwire exec node/node-1 -- iptables-save -t nat',
    )
    .action((place: string, command: string[], options: { kubeconfig?: string }) =>
      finish(import('./exec.ts').then(({ runExec }) => runExec(place, command, options))),
    )
}

function addTrace(program: Command, finish: Finish): void {
  program
    .command('trace')
    .description('send one request in a running cluster and explain its way: names, rules and hops')
    .argument('<from>', 'pod/NAMESPACE/NAME, NAMESPACE/NAME, node/NAME, or external')
    .argument('<url>', 'http://NAME[:PORT]/PATH, or tcp://NAME:PORT, sctp://NAME:PORT to connect only')
    .option('--json', 'the same as --format json')
    .addOption(
      new Option('--format <format>', 'how it is told: text, data, or a sequence diagram of the connection').choices([
        'text',
        'json',
        'mermaid',
        'svg',
      ]),
    )
    .option('--mermaid', 'the same as --format mermaid')
    .option('--kubeconfig <file>', 'kubeconfig of the running cluster; default KUBECONFIG, then .podwire/kubeconfig')
    .addHelpText(
      'after',
      '\nExamples:\n  podwire trace default/client http://kubia/\n  podwire trace external http://172.18.0.2:30123/ --json',
    )
    .action((from: string, url: string, options: TraceOptions) =>
      finish(import('./trace.ts').then(({ runTrace }) => runTrace(from, url, options))),
    )
}

function addKubeconfig(program: Command, finish: Finish): void {
  program
    .command('kubeconfig')
    .description('make a kubeconfig for another user of a running cluster, with a client certificate of their own')
    .requiredOption('--user <name>', 'who: the certificate’s common name')
    .option('--group <name>', 'a group of theirs; may be repeated', collect, [])
    .option('--namespace <name>', 'default namespace of the context')
    .option('-o, --output <file>', 'where to write it; default standard output')
    .option('--kubeconfig <file>', 'administrator’s kubeconfig; default KUBECONFIG, then .podwire/kubeconfig')
    .addHelpText('after', '\nExample:\n  podwire kubeconfig --user alice --group dev -o alice.kubeconfig')
    .action((options: UserKubeconfigOptions) =>
      finish(import('./user-kubeconfig.ts').then(({ runUserKubeconfig }) => runUserKubeconfig(options))),
    )
}
