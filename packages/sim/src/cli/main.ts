// The podwire command: what it offers, with its flags. Each subcommand is one file, loaded when it is asked for; this one only
// reads the command line.

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { PodwireError } from '@podwire/engine'
import type { DemoOptions } from './demo.ts'
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
    if (error instanceof CommanderError) return error.exitCode
    if (!(error instanceof PodwireError)) throw error
    process.stderr.write(`podwire: ${error.message}\n`)
    return 1
  }
}

type Finish = (work: Promise<number>) => Promise<void>

function createProgram(finish: Finish): Command {
  const program = new Command('podwire')
    .description(
      'A whole Kubernetes service-networking cluster in one process: kubectl, kube-proxy, DNS and Ingress on one clock.',
    )
    .version('0.1.0')
    .exitOverride()
    .showHelpAfterError('Run podwire --help for what there is.')
  addUp(program, finish)
  addDemo(program, finish)
  addExec(program, finish)
  addTrace(program, finish)
  addKubeconfig(program, finish)
  return program
}

function addUp(program: Command, finish: Finish): void {
  program
    .command('up')
    .description('boot a cluster and serve it until Ctrl-C: API server, node ports and DNS, all on loopback')
    .option('--kubeconfig <file>', 'where to write the kubeconfig', '.podwire/kubeconfig')
    .option('--nodes <count>', 'how many virtual nodes', wholeNumber(1, 5000), 3)
    .option('--seed <number>', 'what everything random follows from', wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .addOption(
      new Option('--proxy-mode <mode>', 'kube-proxy mode')
        .choices(['iptables', 'ipvs', 'nftables', 'userspace'])
        .default('iptables'),
    )
    .option('--api-port <port>', 'port of the API server on 127.0.0.1; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .option(
      '--dns-port <port>',
      'port of cluster DNS on its loopback address; 0 takes a free one',
      wholeNumber(0, 65_535),
      1053,
    )
    .option('--speed <factor>', 'virtual seconds per real second', positiveNumber, 1)
    .option('-f, --filename <path>', 'apply these manifests at start; may be repeated', collect, [])
    .option('--demo', 'apply the demo manifests at start')
    .option('--strict-images', 'unknown images fail to pull instead of answering on their declared ports')
    .option('--no-ingress', 'leave the nginx Ingress controller out')
    .option(
      '--bare',
      'the API server alone: no nodes, no scheduler, no system pods; controllers only for service accounts, root certificates and namespaces',
    )
    .option(
      '--controllers <list>',
      "which controllers run, with commas: kube-controller-manager's names, scheduler, * for all, -NAME to leave one out",
    )
    .option('--service-node-port-range <range>', 'ports for NodePort Services', '30000-32767')
    .addOption(
      new Option(
        '--authorization <mode>',
        'what users other than the administrator may do: what roles allow, or everything',
      )
        .choices(['RBAC', 'AlwaysAllow'])
        .default('RBAC'),
    )
    .option('--kubernetes-version <version>', 'which release this looks like, e.g. 1.18: API versions, texts, defaults')
    .option('--token <text>', 'bearer token of the administrator; default a random one')
    .action((options: UpOptions) => finish(import('./up.ts').then(({ runUp }) => runUp(options))))
}

function addDemo(program: Command, finish: Finish): void {
  program
    .command('demo')
    .description('run the four flows (Service, NodePort, Ingress, headless) in virtual time, print each trace, and end')
    .option('--seed <number>', 'what everything random follows from', wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
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
    .argument('<url>', 'http://NAME[:PORT]/PATH, or tcp://NAME:PORT to connect only')
    .option('--json', 'the trace as data')
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

function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= low && value <= high) return value
    throw new InvalidArgumentError(`It is a whole number from ${low} to ${high}.`)
  }
}

function positiveNumber(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It is a number greater than 0.')
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value]
}
