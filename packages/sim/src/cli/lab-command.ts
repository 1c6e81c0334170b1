// `podwire lab`: its subcommands with their flags. Each is loaded when it is asked for.

import { type Command, Option } from 'commander'
import type { Language } from '../check/bilingual.ts'
import { NOT_DONE } from './exit-status.ts'
import type { LabAskOptions, LabCheckOptions } from './lab-ask.ts'
import type { LabListOptions } from './lab-list.ts'
import { LabError } from '../lab/lab-words.ts'
import { labKubeconfig } from './lab-place.ts'
import type { LabStartOptions } from './lab-start.ts'
import { type Finish, positiveNumber, wholeNumber } from './option-values.ts'

/** Takes a subcommand's work, and says what goes wrong in the learner's language. */
type Tell = (options: { readonly lang: Language }, work: Promise<number>) => Promise<void>

export function addLab(program: Command, finish: Finish): void {
  const tell: Tell = ({ lang }, work) => finish(spoken(lang, work))
  const lab = program
    .command('lab')
    .description('classroom labs: a cluster with a task, checks that say what is right and why, hints and a solution')
  addReading(lab, tell)
  addStart(lab, tell)
  addAsking(lab, tell)
}

/** What is asked of a lab that runs. */
function addAsking(lab: Command, tell: Tell): void {
  const ask = (name: string, what: string): Command =>
    lab
      .command(name)
      .description(what)
      .option('--kubeconfig <file>', 'kubeconfig of the lab; default KUBECONFIG, then .podwire/kubeconfig')
      .addOption(languageOption())
  ask('check', 'look at the live cluster: what is right, what is not, and why; status 0 when all is right, 1 when not')
    .option('--wait <seconds>', 'check again and again until all is right, at most so long', wholeNumber(0, 3600), 0)
    .option('--json', 'the report as data')
    .action((options: LabCheckOptions) =>
      tell(
        options,
        import('./lab-ask.ts').then(({ runLabCheck }) => runLabCheck(options)),
      ),
    )
  ask('hint', 'the next hint for the first task that is not right').action((options: LabAskOptions) =>
    tell(
      options,
      import('./lab-ask.ts').then(({ runLabHint }) => runLabHint(options)),
    ),
  )
  ask('solve', 'run the solution, showing its commands and what they say').action((options: LabAskOptions) =>
    tell(
      options,
      import('./lab-solve.ts').then(({ runLabSolve }) => runLabSolve(options)),
    ),
  )
  ask('reset', 'bring the lab back to its start').action((options: LabAskOptions) =>
    tell(
      options,
      import('./lab-ask.ts').then(({ runLabReset }) => runLabReset(options)),
    ),
  )
  ask('stop', 'end the running lab').action((options: LabAskOptions) =>
    tell(
      options,
      import('./lab-stop.ts').then(({ runLabStop }) => runLabStop(options)),
    ),
  )
}

function addReading(lab: Command, tell: Tell): void {
  lab
    .command('list')
    .description('which labs there are')
    .addOption(languageOption())
    .action((options: LabListOptions) =>
      tell(
        options,
        import('./lab-list.ts').then(({ runLabList }) => runLabList(options)),
      ),
    )
  lab
    .command('show')
    .description('the text and the tasks of a lab')
    .argument('<name>', 'a lab by name or number, or the path of a folder with a lab.yaml')
    .addOption(languageOption())
    .action((name: string, options: LabListOptions) =>
      tell(
        options,
        import('./lab-list.ts').then(({ runLabShow }) => runLabShow(name, options)),
      ),
    )
}

function addStart(lab: Command, tell: Tell): void {
  lab
    .command('start')
    .description('boot the cluster of a lab and serve it until Ctrl-C')
    .argument('<name>', 'a lab by name or number, or the path of a folder with a lab.yaml')
    .option('--background', 'in a process of its own; `podwire lab stop` ends it')
    .option('--kubeconfig <file>', 'where to write the kubeconfig', labKubeconfig(process.cwd()))
    .option('--api-port <port>', 'port of the API server on 127.0.0.1; 0 takes a free one', wholeNumber(0, 65_535), 0)
    .option(
      '--dns-port <port>',
      'port of cluster DNS on its loopback address; 0 takes a free one',
      wholeNumber(0, 65_535),
      1053,
    )
    .option('--speed <factor>', 'virtual seconds per real second', positiveNumber, 1)
    .addOption(languageOption())
    .action((name: string, options: LabStartOptions) =>
      tell(
        options,
        import('./lab-start.ts').then(({ runLabStart }) => runLabStart(name, options)),
      ),
    )
}

/** What a learner is told when it does not work is in their language, too. */
function spoken(language: Language, work: Promise<number>): Promise<number> {
  return work.catch((error: unknown) => {
    if (language !== 'zh' || !(error instanceof LabError)) throw error
    process.stderr.write(`podwire: ${error.zh}\n`)
    return NOT_DONE
  })
}

function languageOption(): Option {
  return new Option('--lang <language>', 'language of the texts; default as LANG says')
    .choices(['en', 'zh'])
    .default(languageOfTerminal())
}

function languageOfTerminal(): Language {
  const { env } = process
  return /^zh/i.test(env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '') ? 'zh' : 'en'
}
