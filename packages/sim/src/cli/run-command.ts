// The flags of `podwire run`.

import { type Command, Option } from 'commander'
import { type Finish, integer, wholeNumber } from './option-values.ts'
import type { RunOptions } from './run.ts'

const MOST_SEEDS = 100_000
const MOST_JOBS = 256

export function addRun(program: Command, finish: Finish): void {
  program
    .command('run')
    .description('run scenarios, in virtual time: YAML with steps, or a script in TypeScript or JavaScript')
    .argument('<files...>', 'scenario files: .yaml, .ts, .mts, .js or .mjs')
    .option('--seed <number>', 'in place of the scenario’s own', integer)
    .option('--seeds <count>', 'run so many seeds, one after the other', wholeNumber(1, MOST_SEEDS))
    .option(
      '--jobs <count>',
      'in so many processes at once; with --seeds, default: as many as there are processors',
      wholeNumber(1, MOST_JOBS),
    )
    .addOption(new Option('--report <format>', 'what is reported').choices(['text', 'json', 'junit']).default('text'))
    .option('-o, --output <file>', 'where the report is written; default standard output')
    .addHelpText(
      'after',
      '\nStatus: 0 when all passed, 1 when a step failed, 2 when a file cannot be used,\n130 when interrupted.\n\nExamples:\n' +
        '  podwire run examples/scenarios/readiness.yaml\n  podwire run examples/scenarios/affinity.ts --seeds 100\n' +
        '  podwire run scenarios/*.yaml --report junit --output junit.xml',
    )
    .action((files: string[], options: RunOptions) =>
      finish(import('./run.ts').then(({ runRun }) => runRun(files, options))),
    )
}
