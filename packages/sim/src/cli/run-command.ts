// The flags of `podwire run`.

import { type Command, Option } from 'commander'
import { type Finish, integer } from './option-values.ts'
import type { RunOptions } from './run.ts'

export function addRun(program: Command, finish: Finish): void {
  program
    .command('run')
    .description('run scenarios, in virtual time: YAML with steps, or a script in TypeScript or JavaScript')
    .argument('<files...>', 'scenario files: .yaml, .ts, .mts, .js or .mjs')
    .option('--seed <number>', 'in place of the scenario’s own', integer)
    .addOption(new Option('--report <format>', 'what is reported').choices(['text', 'json', 'junit']).default('text'))
    .option('-o, --output <file>', 'where the report is written; default standard output')
    .addHelpText(
      'after',
      '\nStatus: 0 when all passed, 1 when a step failed, 2 when a file cannot be used.\n\nExamples:\n' +
        '  podwire run examples/scenarios/readiness.yaml\n  podwire run scenarios/*.yaml --report junit --output junit.xml',
    )
    .action((files: string[], options: RunOptions) =>
      finish(import('./run.ts').then(({ runRun }) => runRun(files, options))),
    )
}
