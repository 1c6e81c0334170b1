// dig in the layout of BIND 9.18. Departures: no DNS cookie (CoreDNS would not answer it either), no +trace, no dnssec.
// The version it names is 9.18.28; message ids are random as in the real one.

import { PodwireError } from '@podwire/engine'
import { rdataText, type DnsMessage, type QueryResult } from '@podwire/dns'
import type { CommandContext } from '@podwire/shell'
import type { Tool, ToolHost } from '../tool.ts'
import { formatCalendar } from './calendar.ts'
import { parseDig, type DigCommand, type DigFlags, type DigLookup } from './dig-options.ts'
import { headerLines, questionColumns, recordColumns } from './message-text.ts'
import { dnsQuery, nameservers, serverAddress } from './query.ts'

const VERSION = '9.18.28'

export const dig: Tool = async (context, host) => {
  const command = parseDig(context.args)
  if ('problem' in command) {
    await context.stderr.write(
      `${command.problem}\nUsage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}\n` +
        '            {global-d-opt} host [@local-server] {local-d-opt}\n' +
        '            [ host [@local-server] {local-d-opt} [...]]\n\n' +
        'Use "dig -h" (or "dig -h | more") for complete list of options\n',
    )
    return 1
  }
  const server = command.server === undefined ? undefined : await serverAddress(context, host, command.server)
  if (command.server !== undefined && server === undefined) {
    await context.stderr.write(`dig: couldn't get address for '${command.server}': not found\n`)
    return 1
  }
  let status = 0
  for (const [index, lookup] of command.lookups.entries()) {
    const answered = await runLookup(context, host, command, lookup, server, index === 0)
    if (!answered) status = 9
  }
  return status
}

async function runLookup(
  context: CommandContext,
  host: ToolHost,
  command: DigCommand,
  lookup: DigLookup,
  server: string | undefined,
  first: boolean,
): Promise<boolean> {
  const { flags, name, type } = lookup
  const servers = server === undefined ? nameservers(host) : [server]
  const banner = flags.cmd && !flags.short && first ? bannerLines(context, server === undefined ? 0 : 1) : ''
  const result = await ask(context, host, command, lookup, server)
  if (typeof result === 'string') {
    await context.stdout.write(`dig: '${name}' is not a legal name (${result})\n`)
    return true
  }
  if (result.outcome.kind !== 'reply') {
    await context.stdout.write(silence(result, servers, command.port, flags, banner))
    return false
  }
  const { message, size, protocol } = result.outcome
  if (flags.short) {
    await context.stdout.write(shortLines(message, flags, result))
    return true
  }
  const where = {
    server: result.server,
    port: command.port,
    size,
    protocol,
    milliseconds: Math.floor(result.durationUs / 1000),
  }
  await context.stdout.write(
    banner + messageText(message, flags, type) + (flags.stats ? statistics(context, where) : ''),
  )
  return true
}

async function ask(
  context: CommandContext,
  host: ToolHost,
  command: DigCommand,
  lookup: DigLookup,
  server: string | undefined,
): Promise<QueryResult | string> {
  const { flags } = lookup
  try {
    return await dnsQuery(context, host, lookup.name, lookup.type, {
      ...(server === undefined ? {} : { server }),
      port: command.port,
      search: flags.search,
      tcp: flags.tcp,
      ignoreTruncation: flags.ignore,
      recursionDesired: flags.recurse,
      timeoutUs: flags.time * 1_000_000,
      tries: flags.tries,
      ...(flags.edns ? { edns: { udpSize: 1232, version: 0, dnssecOk: false, options: [] } } : {}),
    })
  } catch (error) {
    if (error instanceof PodwireError) return error.reason
    throw error
  }
}

function bannerLines(context: CommandContext, servers: number): string {
  const found = servers === 0 ? '' : `; (${servers} server found)\n`
  return `\n; <<>> DiG ${VERSION} <<>> ${context.args.join(' ')}\n${found};; global options: +cmd\n`
}

function silence(
  result: QueryResult,
  servers: readonly string[],
  port: number,
  flags: DigFlags,
  banner: string,
): string {
  const reason = result.outcome.kind === 'timeout' ? 'timed out' : 'connection refused'
  const tries = result.outcome.kind === 'timeout' ? flags.tries : Math.max(1, flags.tries)
  const lines: string[] = []
  for (let attempt = 0; attempt < tries; attempt++) {
    for (const server of servers) lines.push(`;; communications error to ${server}#${port}: ${reason}\n`)
  }
  return `${lines.join('')}${banner === '' ? '' : banner}${flags.short || !flags.comments ? '' : ';; no servers could be reached\n'}`
}

function shortLines(message: DnsMessage, flags: DigFlags, result: QueryResult): string {
  const from = flags.identify ? ` from server ${result.server} in ${Math.floor(result.durationUs / 1000)} ms.` : ''
  return message.answer.map((record) => `${rdataText(record)}${from}\n`).join('')
}

function messageText(message: DnsMessage, flags: DigFlags, type: string): string {
  let text = ''
  if (flags.comments) {
    text += `;; Got answer:\n${mdnsWarning(message)}${headerLines(message)}`
    if (message.recursionDesired && !message.recursionAvailable)
      text += ';; WARNING: recursion requested but not available\n'
    text += '\n'
    if (message.edns !== undefined) {
      const bits = message.edns.dnssecOk ? ' do' : ''
      text += `;; OPT PSEUDOSECTION:\n; EDNS: version: ${message.edns.version}, flags:${bits}; udp: ${message.edns.udpSize}\n`
    }
  }
  const section = (title: string, lines: readonly string[]): void => {
    if (lines.length === 0) return
    if (flags.comments) text += `;; ${title} SECTION:\n`
    text += `${lines.join('\n')}\n${flags.comments ? '\n' : ''}`
  }
  if (flags.question) section('QUESTION', [questionColumns(message)])
  if (flags.answer) section('ANSWER', message.answer.map(recordColumns))
  if (flags.authority && type !== '') section('AUTHORITY', message.authority.map(recordColumns))
  if (flags.additional) section('ADDITIONAL', message.additional.map(recordColumns))
  return text
}

function mdnsWarning(message: DnsMessage): string {
  if (!/(^|\.)local\.$/i.test(message.question?.name ?? '')) return ''
  return (
    ';; WARNING: .local is reserved for Multicast DNS\n' +
    ';; You are currently testing what happens when an mDNS query is leaked to DNS\n'
  )
}

interface Statistics {
  readonly server: string
  readonly port: number
  readonly size: number
  readonly protocol: 'udp' | 'tcp'
  readonly milliseconds: number
}

function statistics(context: CommandContext, { server, port, size, protocol, milliseconds }: Statistics): string {
  return (
    `;; Query time: ${milliseconds} msec\n` +
    `;; SERVER: ${server}#${port}(${server}) (${protocol.toUpperCase()})\n` +
    `;; WHEN: ${formatCalendar(context.engine.clock.wallTimeMs())}\n` +
    `;; MSG SIZE  rcvd: ${size}\n\n`
  )
}
