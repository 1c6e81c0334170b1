// An nginx on a machine outside the cluster, with the configuration a person would write there: virtual servers in front of nodes,
// passive health checks, the next server where one fails. What nginx would not start with is refused in its words; what it has and
// podwire does not evaluate is refused by name.

import { PodwireError } from '@podwire/engine'
import type { FileTree } from '@podwire/shell'
import { accessLog } from '../images/nginx/access-log.ts'
import { checkDirectives } from '../images/nginx/check-directives.ts'
import { parseConfig } from '../images/nginx/config-text.ts'
import { ConfiguredNginx, type NginxHost, readConfiguration } from '../images/nginx/configured.ts'
import { nginxSite } from '../images/nginx/pages.ts'

/** A running nginx. */
export interface OuterNginx {
  /** Access and error log so far, line by line. */
  readonly log: readonly string[]
  /** Its ports close. */
  stop(): void
}

export interface OuterNginxOptions {
  /** What messages call the configuration; default /etc/nginx/conf.d/default.conf, or nginx.conf when the text has an http block. */
  readonly file?: string
}

/** @throws PodwireError with what nginx says about a configuration it does not start with */
export async function startOuterNginx(
  host: Omit<NginxHost, 'refuse' | 'stderr'> & { readonly files: FileTree },
  text: string,
  options: OuterNginxOptions,
): Promise<OuterNginx> {
  const refused = (problem: string): PodwireError =>
    new PodwireError('start nginx', `nginx: [emerg] ${problem}`, 'Correct the configuration.')
  const isMain = /^\s*(?:http|events)\s*\{/m.test(text)
  const file = options.file ?? (isMain ? '/etc/nginx/nginx.conf' : '/etc/nginx/conf.d/default.conf')
  const sites = readConfiguration(new Map([[file, text]]))
  if ('error' in sites) throw refused(sites.error)
  const [ignored] = ignoredDirectives(text, file, isMain)
  const [other] = sites.ignored
  if (ignored !== undefined || other !== undefined) {
    const what =
      ignored === undefined ? `"${other ?? ''}" in ${file}` : `the directive "${ignored.name}" in ${ignored.at}`
    throw new PodwireError('start nginx', `podwire does not evaluate ${what}`, 'Leave it out.')
  }
  const log: string[] = []
  let problem: string | undefined
  const machine: NginxHost = {
    ...host,
    stderr: (line) => void log.push(line.trimEnd()),
    refuse: (why) => (problem ??= why),
  }
  const write = accessLog(host.engine.clock, (line) => void log.push(line.trimEnd()))
  const nginx = new ConfiguredNginx(machine, sites, nginxSite(host.files, host.engine.clock), write)
  await nginx.start()
  if (problem !== undefined) {
    nginx.close()
    throw refused(problem)
  }
  return { log, stop: () => nginx.close() }
}

function ignoredDirectives(
  text: string,
  file: string,
  isMain: boolean,
): readonly { readonly name: string; readonly at: string }[] {
  const parsed = parseConfig(text, file)
  return 'error' in parsed ? [] : checkDirectives(parsed, isMain ? 'main' : 'http').ignored
}
