// nslookup: BIND's in images with glibc, busybox's in images with musl. Not interactive. BIND's uses the search list, asking
// A then AAAA; busybox's asks every domain of the search list at once for a name without a dot, and no other name
// (networking/nslookup.c of busybox 1.30 and later).

import { PodwireError } from '@podwire/engine'
import { rcodeName, reverseNameOf, type DnsMessage, type QueryResult, type ResourceRecord } from '@podwire/dns'
import type { CommandContext } from '@podwire/shell'
import { isBusybox, type Tool, type ToolHost } from '../tool.ts'
import { isAddress } from '../waiting.ts'
import { dnsQuery, nameservers, searchRules, serverAddress, withoutDot } from './query.ts'

interface Request {
  readonly name: string
  readonly server: string | undefined
  readonly types: readonly string[] | undefined
  readonly port: number
  readonly timeoutS: number
  readonly tries: number
  readonly tcp: boolean
  readonly search: boolean
}

export const nslookup: Tool = async (context, host) => {
  const busybox = isBusybox(host)
  const request = parse(context.args, busybox)
  if (request === undefined) {
    const text = busybox
      ? 'Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n'
      : 'nslookup: interactive mode is not simulated\n'
    await context.stderr.write(text)
    return 1
  }
  const named = request.server
  const server = named === undefined ? undefined : await serverAddress(context, host, named)
  if (named !== undefined && server === undefined) {
    await context.stderr.write(
      busybox ? `nslookup: bad address '${named}'\n` : `nslookup: couldn't get address for '${named}': not found\n`,
    )
    return 1
  }
  try {
    return await (busybox ? busyboxLookup : bindLookup)(context, host, request, server)
  } catch (error) {
    if (!(error instanceof PodwireError)) throw error
    await context.stderr.write(`nslookup: '${request.name}': ${error.reason}\n`)
    return 1
  }
}

function parse(args: readonly string[], busybox: boolean): Request | undefined {
  const operands = args.filter((arg) => !arg.startsWith('-'))
  const options = new Map<string, string>()
  for (const arg of args.filter((one) => one.startsWith('-'))) {
    const [name = '', value = ''] = arg.slice(1).split('=')
    options.set(name, value)
  }
  const [name, server] = operands
  if (name === undefined) return undefined
  const value = (...names: readonly string[]): string | undefined =>
    names.map((one) => options.get(one)).find((one) => one !== undefined)
  const type = value('type', 'querytype', 'query', 'q', 't', 'qt')
  const reverse = isAddress(name) ? ['PTR'] : undefined
  return {
    name,
    server,
    types: type === undefined ? reverse : [type.toUpperCase()],
    port: Number(value('port', 'po') ?? '53'),
    timeoutS: Number(value('timeout') ?? '5'),
    tries: Number(value('retry') ?? (busybox ? '2' : '3')),
    tcp: options.has('vc'),
    search: !options.has('nosearch'),
  }
}

function ask(
  context: CommandContext,
  host: ToolHost,
  request: Request,
  server: string | undefined,
  name: string,
  type: string,
  search: boolean,
): Promise<QueryResult> {
  const asked = type === 'PTR' ? (reverseNameOf(name) ?? name) : name
  return dnsQuery(context, host, asked, type, {
    ...(server === undefined ? {} : { server }),
    port: request.port,
    search,
    tcp: request.tcp,
    timeoutUs: request.timeoutS * 1_000_000,
    tries: request.tries,
  })
}

async function bindLookup(
  context: CommandContext,
  host: ToolHost,
  request: Request,
  server: string | undefined,
): Promise<number> {
  const types = request.types ?? ['A', 'AAAA']
  const shownServer = server ?? nameservers(host)[0] ?? '127.0.0.1'
  const heading = `Server:\t\t${shownServer}\nAddress:\t${shownServer}#${request.port}\n\n`
  let name = request.name
  let search = request.search && !isAddress(name)
  let status = 0
  let headed = false
  let found = false
  for (const [index, type] of types.entries()) {
    const result = await ask(context, host, request, server, name, type, search)
    if (result.outcome.kind !== 'reply') {
      const reason = result.outcome.kind === 'timeout' ? 'timed out' : 'connection refused'
      const line = `;; communications error to ${result.server}#${request.port}: ${reason}\n`
      await context.stdout.write(`${line.repeat(request.tries)};; no servers could be reached\n\n`)
      return 1
    }
    const { message } = result.outcome
    if (message.rcode === 2 && index === 0) await context.stdout.write(`;; Got SERVFAIL reply from ${result.server}\n`)
    if (!headed && !isAddress(request.name)) await context.stdout.write(heading)
    headed = true
    name = result.question.name
    search = false
    if (message.rcode !== 0) {
      const missing = type !== 'PTR' && request.search && index === 0 ? request.name : withoutDot(name)
      await context.stdout.write(`** server can't find ${missing}: ${rcodeName(message.rcode)}\n\n`)
      return 1
    }
    if (message.answer.length === 0) {
      // With A and AAAA only the last one says it, and only when the first found nothing either.
      if (index === types.length - 1 && !found)
        await context.stdout.write(`*** Can't find ${request.name}: No answer\n`)
      continue
    }
    found = true
    // What is asked next is asked of the name an alias leads to.
    for (const record of message.answer) if (record.type === 'CNAME' && record.name === name) name = record.target
    if (message.authoritative === false && index === 0) await context.stdout.write('Non-authoritative answer:\n')
    await context.stdout.write(bindAnswer(message))
    status = 0
  }
  await context.stdout.write('\n')
  return status
}

function bindAnswer(message: DnsMessage): string {
  return message.answer.map((record) => answerText(record, false)).join('')
}

/** @param bare busybox leaves the final dot out */
function answerText(record: ResourceRecord, bare: boolean): string {
  const owner = withoutDot(record.name)
  const name = (text: string): string => (bare ? withoutDot(text) : text)
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return `Name:\t${owner}\nAddress: ${record.address}\n`
    case 'CNAME':
      return `${owner}\tcanonical name = ${name(record.target)}\n`
    case 'PTR':
      return `${owner}\tname = ${name(record.target)}\n`
    case 'NS':
      return `${owner}\tnameserver = ${name(record.target)}\n`
    case 'SRV':
      return `${owner}\tservice = ${record.priority} ${record.weight} ${record.port} ${name(record.target)}\n`
    case 'MX':
      return `${owner}\tmail exchanger = ${record.preference} ${name(record.exchange)}\n`
    case 'TXT':
      return `${owner}\ttext = ${record.texts.map((text) => `"${text}"`).join(' ')}\n`
    case 'SOA':
      return `${owner}\n\torigin = ${withoutDot(record.mname)}\n\tmail addr = ${withoutDot(record.rname)}\n\tserial = ${record.serial}\n\trefresh = ${record.refresh}\n\tretry = ${record.retry}\n\texpire = ${record.expire}\n\tminimum = ${record.minimum}\n`
    default:
      return `${owner}\trdata_${record.type}\n`
  }
}

async function busyboxLookup(
  context: CommandContext,
  host: ToolHost,
  request: Request,
  server: string | undefined,
): Promise<number> {
  const { search } = searchRules(host)
  const types = request.types ?? ['A', 'AAAA']
  // With a server named, busybox does not read resolv.conf at all.
  const bare = server !== undefined || request.name.includes('.') || types[0] === 'PTR' || search.length === 0
  const names = bare ? [request.name] : search.map((domain) => `${request.name}.${domain}`)
  const shown = server ?? nameservers(host)[0] ?? '127.0.0.1'
  const answers: (readonly [string, QueryResult])[] = []
  for (const type of types) {
    for (const name of names) answers.push([name, await ask(context, host, request, server, name, type, false)])
  }
  const silent = answers.find(([, result]) => result.outcome.kind !== 'reply')
  if (silent !== undefined && answers.every(([, result]) => result.outcome.kind !== 'reply')) {
    await context.stdout.write(`;; connection timed out; no servers could be reached\n\n`)
    return 1
  }
  await context.stdout.write(
    `Server:\t\t${shown}\nAddress:\t${shown.includes(':') ? `[${shown}]` : shown}:${request.port}\n\n`,
  )
  let status = 0
  for (const [name, result] of answers) {
    if (result.outcome.kind !== 'reply') {
      status = 1
      await context.stdout.write(`*** Can't find ${name}: No answer\n\n`)
      continue
    }
    const { message } = result.outcome
    if (message.rcode === 0) {
      await context.stdout.write(`${message.answer.map((record) => answerText(record, true)).join('')}\n`)
    } else {
      status = 1
      await context.stdout.write(
        `** server can't find ${withoutDot(result.question.name)}: ${rcodeName(message.rcode)}\n\n`,
      )
    }
  }
  return status
}
