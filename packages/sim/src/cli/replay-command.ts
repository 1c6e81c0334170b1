// The flags of `podwire replay`.

import type { Command } from 'commander'
import { type Finish, positiveNumber, virtualTime, wholeNumber } from './option-values.ts'
import type { ReplayCommandOptions } from './replay.ts'

export function addReplay(program: Command, finish: Finish): void {
  program
    .command('replay')
    .description(
      'run a recorded cluster again (podwire up --record FILE), in virtual time: the same inputs, the same trace hash',
    )
    .argument('<file>', 'the recording')
    .option(
      '--to <time>',
      'stop just before what was given at this virtual time, e.g. 1m30s; --list shows the times',
      virtualTime,
    )
    .option('--list', 'show the inputs and their times, and run nothing')
    .option('--trace', 'print each event of the run after the boot')
    .option('--serve', 'serve the cluster from there on, as podwire up does, until Ctrl-C')
    .option('--kubeconfig <file>', 'with --serve: where to write the kubeconfig', '.podwire/kubeconfig')
    .option('--api-port <port>', 'with --serve: port of the API server; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .option('--dns-port <port>', 'with --serve: port of cluster DNS; 0 takes a free one', wholeNumber(0, 65_535), 1053)
    .option('--speed <factor>', 'with --serve: virtual seconds per real second', positiveNumber, 1)
    .addHelpText(
      'after',
      '\nStatus: 0 when the run is the recorded one, 1 when it is another one, or the\nfile cannot be used.\n\nExamples:\n' +
        '  podwire replay monday.rec --list\n  podwire replay monday.rec --to 3m20s --serve',
    )
    .action((file: string, options: ReplayCommandOptions) =>
      finish(import('./replay.ts').then(({ runReplay }) => runReplay(file, options))),
    )
}
