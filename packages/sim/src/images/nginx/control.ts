// nginx's command line beside a running server: -v, -V, -t, -T, -q, and -s SIGNAL, which goes to process 1.
// Source: nginx src/core/nginx.c (ngx_get_options, main) and ngx_conf_file.c.

import type { Tool } from '../../commands/tool.ts'
import { readConfiguration } from './configured.ts'

const SIGNALS: ReadonlyMap<string, number> = new Map([
  ['reload', 1],
  ['quit', 3],
  ['reopen', 10],
  ['stop', 15],
])

const MAIN = '/etc/nginx/nginx.conf'

/** Undefined: these arguments start the server. */
export function nginxControl(
  args: readonly string[],
  version: string,
  configuration: (
    read: (path: string) => string | undefined,
    list: (path: string) => readonly string[] | undefined,
  ) => ReadonlyMap<string, string>,
): Tool | undefined {
  const letters = args.filter((arg) => /^-[vVtTqsh?]+$/.test(arg)).join('')
  if (letters === '') return undefined
  return async (context) => {
    const { stdout, stderr, files, processes, engine } = context
    if (/[vV]/.test(letters)) {
      await stderr.write(`nginx version: nginx/${version}\n`)
      return 0
    }
    const read = (path: string): string | undefined => {
      const content = files.read(path)
      return content === undefined ? undefined : Buffer.from(content).toString('utf8')
    }
    const texts = configuration(read, (path) => files.list(path))
    if (/[tT]/.test(letters)) {
      const read = readConfiguration(texts)
      if ('error' in read) {
        await stderr.write(`nginx: [emerg] ${read.error}\nnginx: configuration file ${MAIN} test failed\n`)
        return 1
      }
      if (!letters.includes('q')) {
        await stderr.write(
          `nginx: the configuration file ${MAIN} syntax is ok\nnginx: configuration file ${MAIN} test is successful\n`,
        )
      }
      if (!letters.includes('T')) return 0
      for (const [file, text] of texts) await stdout.write(`# configuration file ${file}:\n${text}\n`)
      return 0
    }
    const name = args[args.indexOf('-s') + 1] ?? ''
    const signal = SIGNALS.get(name)
    if (signal === undefined) {
      await stderr.write(`nginx: invalid option: "-s ${name}"\n`)
      return 1
    }
    const time = new Date(engine.clock.wallTimeMs()).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/')
    await stderr.write(`${time} [notice] ${context.pid}#${context.pid}: signal process started\n`)
    processes.get(1)?.signal(signal, false)
    return 0
  }
}
