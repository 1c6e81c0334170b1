// The flags of `podwire graph`.

import { type Command, Option } from 'commander'
import type { GraphCommandOptions } from './graph.ts'
import { collect, type Finish } from './option-values.ts'

export function addGraph(program: Command, finish: Finish): void {
  program
    .command('graph')
    .description('draw a running cluster, or manifests: namespaces, Ingresses, Services, endpoints and nodes')
    .option('-f, --filename <path>', 'draw these manifests in place of a cluster; may be repeated', collect, [])
    .option('-n, --namespace <name>', 'only this namespace; may be repeated; default all but the system’s', collect, [])
    .option('-A, --all-namespaces', 'the system’s namespaces, too')
    .addOption(
      new Option('--format <format>', 'how it is drawn').choices(['mermaid', 'svg', 'json']).default('mermaid'),
    )
    .option('-o, --output <file>', 'where to write it; default standard output')
    .option('--kubeconfig <file>', 'kubeconfig of the running cluster; default KUBECONFIG, then .podwire/kubeconfig')
    .addHelpText(
      'after',
      '\nExamples:\n  podwire graph --format svg -o cluster.svg\n  podwire graph -f examples/kubia.yaml',
    )
    .action((options: GraphCommandOptions) => finish(import('./graph.ts').then(({ runGraph }) => runGraph(options))))
}
