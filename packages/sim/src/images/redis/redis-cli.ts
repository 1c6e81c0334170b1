// redis-cli: one command, or commands line by line from standard input; -h -p -n -r -i and --raw. What it prints for a terminal is
// marked (`(integer) 1`, `"text"`, `(nil)`), for a pipe it is raw. Passwords, TLS, clusters and its own modes (--scan, --latency …) are
// refused by name. Source: Redis documentation (redis-cli, RESP2).

import { type CommandContext, parseOptions, type ToolOptions } from '@podwire/shell'
import { connectReason } from '../../commands/curl/transfer.ts'
import type { Tool, ToolHost } from '../../commands/tool.ts'
import { lookupName, secondsToUs } from '../../commands/waiting.ts'
import { SocketError, type TcpSocket } from '../../fabric/network.ts'
import { type RespValue, RespReader } from './resp-reader.ts'

const REFUSED = /^(-a|-u|-x|--(?!raw$|no-raw$).+)$/

export const redisCli: Tool = async (context, host) => {
  const at = context.args.findIndex(
    (arg, index) => !arg.startsWith('-') && !/^-[hpnri]$/.test(context.args[index - 1] ?? ''),
  )
  const own = at < 0 ? context.args : context.args.slice(0, at)
  const refused = own.find((arg) => REFUSED.test(arg))
  if (refused !== undefined) return fail(context, `${refused}: not simulated`)
  const options = parseOptions(own, 'h:p:n:r:i:', ['raw', 'no-raw'])
  if ('problem' in options) return fail(context, options.problem)
  const port = Number(options.value('p') ?? '6379')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return fail(context, 'Invalid server port.')
  const name = options.value('h') ?? '127.0.0.1'
  const client = await open(context, host, name, port)
  if (typeof client === 'string') return fail(context, `Could not connect to Redis at ${name}:${port}: ${client}`)
  const forPeople = options.has('no-raw') || (context.stdout.isTerminal === true && !options.has('raw'))
  const session = new Session(context, client, forPeople)
  const database = options.value('n')
  if (database !== undefined) await session.ask(['SELECT', database])
  try {
    const words = at < 0 ? [] : context.args.slice(at)
    return words.length > 0 ? await repeat(context, session, words, options) : await session.lines(`${name}:${port}> `)
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return fail(context, 'Error: Server closed the connection')
  } finally {
    client.end()
  }
}

async function open(
  context: CommandContext,
  { network, ...host }: ToolHost,
  name: string,
  port: number,
): Promise<TcpSocket | string> {
  const found = await context.block(lookupName({ network, ...host }, name))
  let reason = 'Name or service not known'
  for (const address of 'error' in found ? [] : found.addresses) {
    try {
      return await context.block(network.connectTcp({ address, port }))
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      reason = connectReason(error)
    }
  }
  return reason
}

async function repeat(
  context: CommandContext,
  session: Session,
  words: readonly string[],
  options: ToolOptions,
): Promise<number> {
  const times = Number(options.value('r') ?? '1')
  const pauseUs = secondsToUs(options.value('i')) ?? 0
  let status = 0
  // -1 is for ever.
  for (let round = 0; round < times || times === -1; round++) {
    if (round > 0 && pauseUs > 0) await context.sleep(pauseUs)
    status = await session.run(words)
  }
  return status
}

class Session {
  readonly #context: CommandContext
  readonly #socket: TcpSocket
  readonly #reader = new RespReader()
  readonly #forPeople: boolean

  constructor(context: CommandContext, socket: TcpSocket, forPeople: boolean) {
    this.#context = context
    this.#socket = socket
    this.#forPeople = forPeople
  }

  /** @throws SocketError when the server hangs up */
  async ask(words: readonly string[]): Promise<RespValue> {
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
    this.#socket.write(Buffer.from(`*${words.length}\r\n${parts.join('')}`, 'utf8'))
    for (;;) {
      const value = this.#reader.next()
      if (value !== undefined) return value
      const chunk = await this.#context.block(this.#socket.read())
      if (chunk === undefined) throw new SocketError('ECONNRESET')
      this.#reader.push(chunk)
    }
  }

  /** @returns the exit status: 1 after an error, as with -e in newer versions and for a single command */
  async run(words: readonly string[]): Promise<number> {
    const value = await this.ask(words)
    await this.#context.stdout.write(`${this.#forPeople ? marked(value) : raw(value)}\n`)
    return value.kind === 'error' ? 1 : 0
  }

  /** Commands from standard input, until it ends or says so. */
  async lines(prompt: string): Promise<number> {
    const { stdin, stdout } = this.#context
    let input = ''
    if (this.#forPeople) await stdout.write(prompt)
    for (let chunk = await stdin.read(); chunk !== undefined; chunk = await stdin.read()) {
      input += Buffer.from(chunk).toString('utf8')
      for (let end = input.indexOf('\n'); end >= 0; end = input.indexOf('\n')) {
        const words = splitWords(input.slice(0, end))
        input = input.slice(end + 1)
        if (/^(quit|exit)$/i.test(words[0] ?? '')) return 0
        if (words.length > 0) await this.run(words)
        if (this.#forPeople) await stdout.write(prompt)
      }
    }
    const rest = splitWords(input)
    if (rest.length > 0) await this.run(rest)
    return 0
  }
}

/** Words, where quotes keep blanks. */
function splitWords(line: string): readonly string[] {
  const words = line.match(/"(?:[^"\\]|\\.)*"|'[^']*'|\S+/g) ?? []
  return words.map((word) =>
    /^".*"$/s.test(word) ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word.replace(/^'(.*)'$/s, '$1'),
  )
}

function raw(value: RespValue): string {
  return value.kind === 'list' ? value.items.map(raw).join('\n') : value.text
}

function marked(value: RespValue, indent = ''): string {
  switch (value.kind) {
    case 'status':
      return value.text
    case 'error':
      return `(error) ${value.text}`
    case 'integer':
      return `(integer) ${value.text}`
    case 'nil':
      return '(nil)'
    case 'bulk':
      return `"${value.text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`
    case 'list':
      if (value.items.length === 0) return '(empty array)'
      return value.items.map((one, at) => `${at > 0 ? indent : ''}${at + 1}) ${marked(one, `${indent}   `)}`).join('\n')
  }
}

async function fail(context: CommandContext, message: string): Promise<number> {
  await context.stderr.write(`${message}\n`)
  return 1
}
