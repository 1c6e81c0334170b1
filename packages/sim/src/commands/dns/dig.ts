// dig in the layout of BIND 9.18. Departures: no +trace, and signatures are not checked (nobody signs in here).
// The version it names is 9.18.28; message ids are random as in the real one.

import { PodwireError } from '@podwire/engine'
import { queryFor, encodeMessage, rdataText, type DnsMessage, type Edns, type QueryResult } from '@podwire/dns'
import type { CommandContext } from '@podwire/shell'
import type { Tool, ToolHost } from '../tool.ts'
import { formatCalendar } from './calendar.ts'
import { parseDig, type DigCommand, type DigFlags, type DigLookup } from './dig-options.ts'
import { headerLines, questionColumns, recordColumns } from './message-text.ts'
import { dnsQuery, nameservers, serverAddress } from './query.ts'

const VERSION = '9.18.28'

export const dig: Tool = async (context, host) => {
  const command = parseDig(context.args)
  if ('refused' in command) {
    await context.stderr.write(`dig: ${command.refused}\n`)
    return 1
  }
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
    const ended = await runLookup(context, host, command, lookup, server, index === 0)
    if (ended !== 0) status = ended
    // An illegal name ends the whole command.
    if (ended === 10) break
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
): Promise<number> {
  const { flags, name, type } = lookup
  const servers = server === undefined ? nameservers(host) : [server]
  const banner = flags.cmd && !flags.short && first ? bannerLines(context, server === undefined ? 0 : 1) : ''
  const edns = ednsOf(flags, context)
  const result = await ask(context, host, command, lookup, server, edns)
  if (result === undefined) {
    await context.stderr.write(`dig: '${name}' is not a legal name (${nameProblem(name)})\n`)
    return 10
  }
  if (result.outcome.kind !== 'reply') {
    await context.stdout.write(silence(result, servers, command.port, flags, banner))
    return 9
  }
  const { message, size, protocol } = result.outcome
  if (type.toUpperCase() === 'AXFR') {
    // No server in here gives its zone away, as CoreDNS does not without its transfer plugin.
    await context.stdout.write(`${banner}; Transfer failed.\n`)
    return 0
  }
  if (flags.short) {
    await context.stdout.write(shortLines(message, flags, result))
    return 0
  }
  const where = {
    server: result.server,
    port: command.port,
    size,
    protocol,
    milliseconds: Math.floor(result.durationUs / 1000),
  }
  await context.stdout.write(
    banner +
      (flags.qr ? sendingText(message, flags, edns) : '') +
      messageText(message, flags, type, edns) +
      (flags.stats ? statistics(context, where) : ''),
  )
  return 0
}

const COOKIE = 10

/** The OPT record of the query: with a client cookie of eight random bytes unless told not to. */
function ednsOf(flags: DigFlags, context: CommandContext): Edns | undefined {
  if (!flags.edns && !flags.dnssec) return undefined
  const cookie = Uint8Array.from({ length: 8 }, () => context.random.integer(0, 255))
  const options = flags.cookie ? [{ code: COOKIE, data: cookie }] : []
  return { udpSize: flags.bufsize, version: 0, dnssecOk: flags.dnssec, options }
}

/** In BIND's words. */
function nameProblem(name: string): string {
  const labels = name.replace(/\.$/, '').split('.')
  if (labels.some((label) => label === '')) return 'empty label'
  return labels.some((label) => label.length > 63) ? 'label too long' : 'ran out of space'
}

/** What +qr shows before the answer. */
function sendingText(reply: DnsMessage, flags: DigFlags, edns: Edns | undefined): string {
  if (reply.question === undefined) return ''
  const settings = { rd: flags.recurse, ...(edns === undefined ? {} : { edns }) }
  const query = {
    ...queryFor(reply.id, reply.question, settings),
    authenticData: flags.adflag,
    checkingDisabled: flags.cdflag,
  }
  const body = messageText(query, flags, '', edns).replace(/^;; Got answer:\n/, ';; Sending:\n')
  return `${body}${flags.comments ? `;; QUERY SIZE: ${encodeMessage(query).length}\n\n` : ''}`
}

async function ask(
  context: CommandContext,
  host: ToolHost,
  command: DigCommand,
  lookup: DigLookup,
  server: string | undefined,
  edns: Edns | undefined,
): Promise<QueryResult | undefined> {
  const { flags } = lookup
  try {
    return await dnsQuery(context, host, lookup.name, lookup.type, {
      ...(server === undefined ? {} : { server }),
      port: command.port,
      search: flags.search,
      // ANY goes over TCP by itself, and so do transfers.
      tcp: flags.tcp || /^(ANY|AXFR)$/i.test(lookup.type),
      class: lookup.class,
      authenticData: flags.adflag,
      checkingDisabled: flags.cdflag,
      ignoreTruncation: flags.ignore,
      recursionDesired: flags.recurse,
      timeoutUs: flags.time * 1_000_000,
      tries: flags.tries,
      ...(edns === undefined ? {} : { edns }),
    })
  } catch (error) {
    if (error instanceof PodwireError) return undefined
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

function messageText(message: DnsMessage, flags: DigFlags, type: string, sent: Edns | undefined): string {
  const style = { multiline: flags.multiline, ttl: flags.ttlid, ttlUnits: flags.ttlunits, class: flags.class }
  let text = ''
  if (flags.comments) {
    text += `;; Got answer:\n${mdnsWarning(message)}${headerLines(message)}`
    if (message.response && message.recursionDesired && !message.recursionAvailable)
      text += ';; WARNING: recursion requested but not available\n'
    text += '\n'
    if (message.edns !== undefined) {
      const bits = message.edns.dnssecOk ? ' do' : ''
      text += `;; OPT PSEUDOSECTION:\n; EDNS: version: ${message.edns.version}, flags:${bits}; udp: ${message.edns.udpSize}\n`
      text += cookieLines(message, sent)
    }
  }
  const section = (title: string, lines: readonly string[]): void => {
    if (lines.length === 0) return
    if (flags.comments) text += `;; ${title} SECTION:\n`
    text += `${lines.join('\n')}\n${flags.comments ? '\n' : ''}`
  }
  if (flags.question && message.question !== undefined) section('QUESTION', [questionColumns(message.question, style)])
  if (flags.answer)
    section(
      'ANSWER',
      message.answer.map((record) => recordColumns(record, style)),
    )
  if (flags.authority && type !== '')
    section(
      'AUTHORITY',
      message.authority.map((record) => recordColumns(record, style)),
    )
  if (flags.additional)
    section(
      'ADDITIONAL',
      message.additional.map((record) => recordColumns(record, style)),
    )
  return text
}

/** A server that knows no cookies sends the client's back as it was. */
function cookieLines(message: DnsMessage, sent: Edns | undefined): string {
  const hex = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString('hex')
  const own = hex(sent?.options.find(({ code }) => code === COOKIE)?.data)
  return (message.edns?.options ?? [])
    .filter(({ code }) => code === COOKIE)
    .map(({ data }) => `; COOKIE: ${hex(data)}${message.response && hex(data) === own ? ' (echoed)' : ''}\n`)
    .join('')
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
