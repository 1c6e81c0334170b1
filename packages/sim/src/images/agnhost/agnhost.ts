// registry.k8s.io/e2e-test-images/agnhost: one image, many subcommands. Here: pause (default), netexec, serve-hostname, porter,
// grpc-health-checking, test-webserver, dns-suffix, dns-server-list, liveness, logs-generator, entrypoint-tester, connect. Other
// subcommands are refused by name. Source: kubernetes test/images/agnhost.

import type { FileTree } from '@podwire/shell'
import type { Tool } from '../../commands/tool.ts'
import { flagValue } from '../flags.ts'
import { startHttpProgram } from '../http-program.ts'
import type { ContainerContext, Image, RunningProgram } from '../image.ts'
import { GO_SIGNALS, takesSignals } from '../program.ts'
import { goResponse, pathOf } from '../responses.ts'
import { connectTool } from './connect.ts'
import { startGrpcHealthChecking } from './grpc-health-checking.ts'
import { startLiveness } from './liveness.ts'
import { startLogsGenerator } from './logs-generator.ts'
import { startNetexec } from './netexec.ts'
import { startPorter } from './porter.ts'
import { startServeHostname } from './serve-hostname.ts'

const NOTHING: RunningProgram = { signal: () => undefined }

/** test-webserver: the container's files on port 80, as text. */
function startTestWebserver(context: ContainerContext): RunningProgram {
  const { clock } = context.engine
  return startHttpProgram(context, {
    ports: [Number(flagValue(context.command, 'port') ?? '80')],
    signals: GO_SIGNALS,
    handler: ({ target }) => {
      const path = pathOf(target)
      const content = context.files.read(path)
      if (content !== undefined) return goResponse(clock, 200, Buffer.from(content).toString('utf8'))
      const names = context.files.list(path)
      if (names === undefined) return goResponse(clock, 404, '404 page not found\n')
      const links = names.map((name) => `<a href="${name}">${name}</a>\n`).join('')
      return goResponse(clock, 200, `<pre>\n${links}</pre>\n`, 'text/html; charset=utf-8')
    },
  })
}

/** Words after `keyword` in resolv.conf. */
function resolvConfWords(files: FileTree, keyword: string): readonly string[] {
  const text = Buffer.from(files.read('/etc/resolv.conf') ?? new Uint8Array(0)).toString('utf8')
  const words: string[] = []
  for (const line of text.split('\n')) {
    const [key, ...rest] = line.trim().split(/\s+/)
    if (key === keyword) words.push(...rest)
  }
  return words
}

/** What runs to its end: the same in exec, in scripts and as the container's program. */
const agnhostTool: Tool = async (process, host) => {
  const [subcommand = ''] = process.args
  const words = (keyword: string): string => `${resolvConfWords(process.files, keyword).join(',')}\n`
  switch (subcommand) {
    case 'connect':
      return connectTool(process, host)
    case 'dns-suffix':
      await process.stdout.write(words('search'))
      return 0
    case 'dns-server-list':
      await process.stdout.write(words('nameserver'))
      return 0
    case 'entrypoint-tester':
      await process.stdout.write(`[${[process.name, ...process.args].join(' ')}]\n`)
      return 0
    default:
      await process.stderr.write(`podwire does not simulate "agnhost ${process.args.join(' ')}" in exec\n`)
      return 1
  }
}

/** Runs a subcommand that comes to an end as the container's program. */
function runTool(context: ContainerContext): RunningProgram {
  context.engine.touchAsync()
  void context.exec(context.command).then(({ exitCode, output }) => {
    context.stdout(output)
    context.exit(exitCode)
  })
  return takesSignals(context, GO_SIGNALS)
}

export const agnhost: Image = {
  name: 'e2e-test-images/agnhost',
  aliases: ['agnhost'],
  entrypoint: ['/agnhost'],
  defaultArguments: ['pause'],
  ports: [],
  libc: 'musl',
  commands: new Map([
    ['agnhost', agnhostTool],
    ['/agnhost', agnhostTool],
  ]),
  start: (context) => {
    const subcommand = context.command[1] ?? 'pause'
    switch (subcommand) {
      case 'pause':
        context.stdout('Paused\n')
        return takesSignals(context, { SIGTERM: 0, SIGINT: 0 })
      case 'netexec':
        return startNetexec(context)
      case 'grpc-health-checking':
        return startGrpcHealthChecking(context)
      case 'porter':
        return startPorter(context)
      case 'serve-hostname':
        return startServeHostname(context)
      case 'test-webserver':
        return startTestWebserver(context)
      case 'liveness':
        return startLiveness(context)
      case 'logs-generator':
        return startLogsGenerator(context)
      case 'connect':
      case 'dns-suffix':
      case 'dns-server-list':
      case 'entrypoint-tester':
        return runTool(context)
      default:
        context.stderr(`podwire does not simulate "agnhost ${subcommand}"\n`)
        context.exit(1)
        return NOTHING
    }
  },
}
