// Our own tools, by name. What is missing here and not handed in from outside is "not found".

import { builtinOf } from '../builtins/index.ts'
import type { Command } from '../command.ts'
import { ProcessContext } from '../evaluate/process-context.ts'
import { Shell } from '../evaluate/shell.ts'
import { runToEnd } from '../evaluate/shell-end.ts'
import { cat, tee } from './cat.ts'
import { chmod, chown } from './chmod.ts'
import { date } from './date.ts'
import { echo } from './echo.ts'
import { expr } from './expr.ts'
import { basename, cp, dirname, ln, mkdir, mktemp, mv, rm, rmdir, touch } from './file-tools.ts'
import { find } from './find.ts'
import { base64, digest } from './digests.ts'
import { grep } from './grep.ts'
import { gzip } from './gzip.ts'
import { head, tail } from './head-tail.ts'
import { cut, rev, sort, uniq, wc } from './lines.ts'
import { LIBRARY_TOOLS, libraryTool } from './library/library-tool.ts'
import { ls } from './ls.ts'
import { readlink, realpath } from './real-path.ts'
import { printf } from './printf.ts'
import { env, nohup, printenv, seq, sleep, timeout, xargs, yes } from './running.ts'
import { sed } from './sed.ts'
import { clear, hostname, id, nproc, ps, stty, tty, uname, which, whoami } from './system-tools.ts'
import { tr } from './tr.ts'
import { watch } from './watch.ts'

/** Stands in the table for the shells, which the evaluator runs itself. */
const shell: Command = async () => 126

/** A builtin that exists as a program too: `exec` of `test -f /ready`, `xargs kill`. */
function asProgram(name: string): readonly [string, Command] {
  const command: Command = async (context) => {
    if (!(context instanceof ProcessContext)) return 126
    const { process, environment, args } = context
    const own = new Shell({ process, dialect: 'bash', environment, zero: name, positional: [] })
    const builtin = builtinOf(own, name)
    if (builtin === undefined) return 126
    // A program has no lines to tell of.
    own.atPrompt = true
    return runToEnd(own, () => builtin(own, args, name))
  }
  return [name, command]
}

export const allPrograms: ReadonlyMap<string, Command> = new Map<string, Command>([
  ...['[', 'test', 'true', 'false', 'kill', 'pwd'].map(asProgram),
  ...LIBRARY_TOOLS.map((name) => [name, libraryTool(name)] as const),
  ['ash', shell],
  ['base64', base64],
  ['basename', basename],
  ['bash', shell],
  ['cat', cat],
  ['chmod', chmod],
  ['chown', chown],
  ['clear', clear],
  ['cp', cp],
  ['cut', cut],
  ['dash', shell],
  ['date', date],
  ['dirname', dirname],
  ['echo', echo],
  ['egrep', grep],
  ['env', env],
  ['expr', expr],
  ['fgrep', grep],
  ['find', find],
  ['grep', grep],
  ...['gunzip', 'gzip', 'zcat'].map((name) => [name, gzip] as const),
  ['head', head],
  ['hostname', hostname],
  ['id', id],
  // Output does not wait for keys: a page is as long as it is.
  ...['less', 'more'].map((name) => [name, cat] as const),
  ['ln', ln],
  ['ls', ls],
  ...['md5sum', 'sha1sum', 'sha256sum', 'sha512sum'].map((name) => [name, digest] as const),
  ['mkdir', mkdir],
  ['mktemp', mktemp],
  ['mv', mv],
  ['nohup', nohup],
  ['nproc', nproc],
  ['printenv', printenv],
  ['printf', printf],
  ['ps', ps],
  ['readlink', readlink],
  ['realpath', realpath],
  ['rev', rev],
  ['rm', rm],
  ['rmdir', rmdir],
  ['sed', sed],
  ['seq', seq],
  ['sh', shell],
  ['sleep', sleep],
  ['sort', sort],
  ['stty', stty],
  ['tail', tail],
  ['tee', tee],
  ['timeout', timeout],
  ['touch', touch],
  ['tr', tr],
  ['tty', tty],
  ['uname', uname],
  ['uniq', uniq],
  ['watch', watch],
  ['wc', wc],
  ['which', which],
  ['whoami', whoami],
  ['xargs', xargs],
  ['yes', yes],
])

/** Everything this package brings as a program. */
export const ownToolNames: ReadonlySet<string> = new Set(allPrograms.keys())
