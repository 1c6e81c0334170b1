// host (BIND): A, AAAA and MX of a name, or one type with -t, or the name of an address; -l asks for a zone transfer. Refused by
// name: -a, -C, -v. Source: BIND's bin/dig/host.c, dighost.c (check_for_more_data).

import { PodwireError } from '@podwire/engine'
import { rcodeName, reverseNameOf, type QueryOptions, type QueryResult, type ResourceRecord } from '@podwire/dns'
import { parseOptions, type CommandContext, type ToolOptions } from '@podwire/shell'
import type { Tool, ToolHost } from '../tool.ts'
import { isAddress } from '../waiting.ts'
import { dnsQuery, serverAddress, withoutDot } from './query.ts'

export const hostTool: Tool = async (context, host) => {
  const options = parseOptions(context.args, 't:p:W:R:aTw46NlCvr')
  if ('problem' in options) {
    await context.stderr.write(`host: ${options.problem}\n`)
    return 1
  }
  for (const flag of ['a', 'C', 'v']) {
    if (!options.has(flag)) continue
    await context.stderr.write(`host: -${flag}: not simulated\n`)
    return 1
  }
  const [name, named] = options.operands
  if (name === undefined) {
    await context.stderr.write(
      'Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n            [-R number] [-m flag] [-p port] hostname [server]\n',
    )
    return 1
  }
  const server = named === undefined ? undefined : await serverAddress(context, host, named)
  const port = Number(options.value('p') ?? '53')
  if (named !== undefined) {
    if (server === undefined) {
      await context.stderr.write(`host: couldn't get address for '${named}': not found\n`)
      return 1
    }
    await context.stdout.write(`Using domain server:\nName: ${named}\nAddress: ${server}#${port}\nAliases: \n\n`)
  }
  const request = { server, port, options }
  return options.has('l') ? transferZone(context, host, name, request) : askAll(context, host, name, request)
}

/** Over TCP; an answer without records is a transfer that failed. CoreDNS transfers its zones to nobody. */
async function transferZone(
  context: CommandContext,
  host: ToolHost,
  zone: string,
  { server, port, options }: HostRequest,
): Promise<number> {
  const result = await legalQuery(context, host, zone, 'AXFR', {
    ...(server === undefined ? {} : { server }),
    port,
    search: true,
    tcp: true,
    timeoutUs: Number(options.value('W') ?? '10') * 1_000_000,
    tries: Number(options.value('R') ?? '1') + 1,
  })
  if (typeof result === 'string') {
    await context.stderr.write(`host: '${zone}' is not a legal name (${result})\n`)
    return 1
  }
  const { outcome, question } = result
  if (outcome.kind !== 'reply') {
    const at = `${result.server}#${port}`
    const what = `;; Connection to ${at}(${result.server}) for ${withoutDot(question.name)} failed: connection refused.\n`
    const silence = ';; connection timed out; no servers could be reached\n'
    await context.stdout.write(outcome.kind === 'refused' ? what : silence)
    return 1
  }
  const { message } = outcome
  const missing = message.rcode === 3 ? zone : withoutDot(question.name)
  if (message.rcode !== 0) {
    await context.stdout.write(`Host ${missing} not found: ${message.rcode}(${rcodeName(message.rcode)})\n`)
  }
  await context.stdout.write(
    message.answer.length === 0 ? '; Transfer failed.\n' : message.answer.map(sentence).join(''),
  )
  return message.rcode === 0 ? 0 : 1
}

interface HostRequest {
  readonly server: string | undefined
  readonly port: number
  readonly options: ToolOptions
}

async function askAll(context: CommandContext, host: ToolHost, name: string, request: HostRequest): Promise<number> {
  const { options, server, port } = request
  const reverse = isAddress(name) ? reverseNameOf(name) : undefined
  const given = options.value('t')?.toUpperCase()
  const types = given !== undefined ? [given] : reverse !== undefined ? ['PTR'] : ['A', 'AAAA', 'MX']
  let asked = reverse ?? name
  let status = 0
  for (const [index, type] of types.entries()) {
    const result = await legalQuery(context, host, asked, type, {
      ...(server === undefined ? {} : { server }),
      port,
      search: reverse === undefined && index === 0,
      tcp: options.has('T'),
      timeoutUs: Number(options.value('W') ?? '5') * 1_000_000,
      tries: Number(options.value('R') ?? '1') + 1,
    })
    if (typeof result === 'string') {
      await context.stderr.write(`host: '${name}' is not a legal name (${result})\n`)
      return 1
    }
    if (result.outcome.kind !== 'reply') {
      await context.stdout.write(';; connection timed out; no servers could be reached\n')
      return 1
    }
    const { message } = result.outcome
    asked = result.question.name
    if (message.rcode !== 0) {
      const missing = reverse !== undefined ? asked : index === 0 ? name : withoutDot(asked)
      await context.stdout.write(`Host ${missing} not found: ${message.rcode}(${rcodeName(message.rcode)})\n`)
      if (index === 0) return 1
      status = 1
      continue
    }
    // What is asked next is asked of the name an alias leads to.
    for (const record of message.answer) if (record.type === 'CNAME' && record.name === asked) asked = record.target
    if (message.answer.length === 0 && types.length === 1) await context.stdout.write(`${name} has no ${type} record\n`)
    await context.stdout.write(message.answer.map(sentence).join(''))
  }
  return status
}

/** Text is why the name or type cannot be asked for. */
async function legalQuery(
  context: CommandContext,
  host: ToolHost,
  name: string,
  type: string,
  options: QueryOptions,
): Promise<QueryResult | string> {
  try {
    return await dnsQuery(context, host, name, type, options)
  } catch (error) {
    if (error instanceof PodwireError) return error.reason
    throw error
  }
}

function sentence(record: ResourceRecord): string {
  const owner = withoutDot(record.name)
  switch (record.type) {
    case 'A':
      return `${owner} has address ${record.address}\n`
    case 'AAAA':
      return `${owner} has IPv6 address ${record.address}\n`
    case 'CNAME':
      return `${owner} is an alias for ${record.target}\n`
    case 'PTR':
      return `${owner} domain name pointer ${record.target}\n`
    case 'NS':
      return `${owner} name server ${record.target}\n`
    case 'SRV':
      return `${owner} has SRV record ${record.priority} ${record.weight} ${record.port} ${record.target}\n`
    case 'MX':
      return `${owner} mail is handled by ${record.preference} ${record.exchange}\n`
    case 'TXT':
      return `${owner} descriptive text ${record.texts.map((text) => `"${text}"`).join(' ')}\n`
    case 'SOA':
      return `${owner} has SOA record ${record.mname} ${record.rname} ${record.serial} ${record.refresh} ${record.retry} ${record.expire} ${record.minimum}\n`
    default:
      return `${owner} has ${record.type} record\n`
  }
}
