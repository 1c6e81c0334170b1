// The flags of `podwire fault`.

import type { Command } from 'commander'
import { FAULT_USAGES } from '../faults/named-fault.ts'
import type { FaultCommandOptions } from './fault.ts'
import { type Finish, wholeNumber } from './option-values.ts'

export function addFault(program: Command, finish: Finish): void {
  const usages = [...FAULT_USAGES, 'list', 'end NUMBER', 'end all']
    .map((usage) => `  podwire fault ${usage}`)
    .join('\n')
  program
    .command('fault')
    .description('break something in a running cluster, list what is broken, or repair it')
    .argument('<kind>', 'which fault, or list, or end')
    .argument(
      '[arguments...]',
      'as below; several places with commas: node-1,shop/web-0,external,api-server, or * for all others',
    )
    .option('--for <duration>', 'ends by itself after this time, e.g. 30s')
    .option('--one-way', 'partition: only from the first places to the second')
    .option('--jitter <duration>', 'delay: up to this much more or less')
    .option('--container <name>', 'which container of the pod; default the first')
    .option('--exit-code <number>', 'containerCrash: default 1', wholeNumber(0, 255))
    .option('--signal <name>', 'containerCrash: what killed it, e.g. SIGSEGV')
    .option('--always', 'containerCrash: each new run crashes too')
    .option('--kubeconfig <file>', 'kubeconfig of the running cluster; default KUBECONFIG, then .podwire/kubeconfig')
    .addHelpText('after', `\nFaults:\n${usages}`)
    .action((kind: string, args: string[], options: FaultCommandOptions) =>
      finish(import('./fault.ts').then(({ runFault }) => runFault(kind, args, options))),
    )
}
