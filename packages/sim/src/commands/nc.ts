// nc: OpenBSD's messages in images with glibc, busybox's in images with musl. Connects or listens (-l), -z only tries, -v tells, -w limits,
// -u is UDP, -k listens on, -e and -c give the connection to a program; busybox's, ncat, -q and -N end their direction with the
// input; ncat's --sctp is SCTP. Refused by name: -x, -U, and -e with -u.

import { parseOptions, type CommandContext, type ToolOptions } from '@podwire/shell'
import {
  type ConnectOptions,
  type Listener,
  type NetworkNamespace,
  SocketError,
  type SctpSocket,
  type TcpSocket,
  type UdpSocket,
} from '../fabric/network.ts'
import { connectReason } from './curl/transfer.ts'
import { isBusybox, type Tool, type ToolHost } from './tool.ts'
import { lookupName, secondsToUs, TIMED_OUT, wantedFamily, within } from './waiting.ts'

const SERVICES: ReadonlyMap<number, string> = new Map([
  [22, 'ssh'],
  [53, 'domain'],
  [80, 'http'],
  [443, 'https'],
  [3306, 'mysql'],
  [5432, 'postgresql'],
  [6379, 'redis'],
  [8080, 'http-alt'],
])

export const nc: Tool = async (context, host) => {
  const { args, program } = splitProgram(context.args, isBusybox(host))
  const options = parseOptions(args, 'zvlw:p:unkNq:46i:s:x:UtdD', context.name === 'ncat' ? ['sctp'] : [])
  if ('problem' in options) return fail(context, options.problem)
  for (const flag of ['x', 'U']) if (options.has(flag)) return fail(context, `-${flag}: not simulated`)
  if (program !== undefined && options.has('u')) return fail(context, '-e with -u: not simulated')
  const halfCloses = isBusybox(host) || context.name === 'ncat' || options.has('N', 'q')
  const talk: Talk = (socket) =>
    program === undefined ? copyBothWays(context, socket, options, halfCloses) : runProgram(context, socket, program)
  if (options.has('l')) return listen(context, host, options, talk)
  const [name, ...ports] = options.operands
  if (name === undefined || ports.length === 0)
    return fail(context, 'usage: nc [-46klnuvz] [-p port] [-w timeout] destination port')
  let status = 0
  for (const port of ports.flatMap(portRange)) status = await connect(context, host, options, name, port, talk)
  return status
}

/** What happens on a connection that stands, to the exit status. */
type Talk = (socket: Connection) => Promise<number>

/** What bytes go through, whatever carries them. */
type Connection = Pick<TcpSocket, 'remote' | 'read' | 'write' | 'end' | 'destroy'>

/** Each piece of input is a message. */
const overSctp = (socket: SctpSocket): Connection => ({
  remote: socket.remote,
  read: () => socket.read(),
  write: (data) => socket.send(data instanceof Uint8Array ? data : data.bytes()),
  end: () => socket.end(),
  destroy: () => socket.destroy(),
})

async function dial(network: NetworkNamespace, sctp: boolean, options: ConnectOptions): Promise<Connection> {
  return sctp ? overSctp(await network.connectSctp(options)) : network.connectTcp(options)
}

function accept(network: NetworkNamespace, sctp: boolean, port: number, take: (socket: Connection) => void): Listener {
  return sctp ? network.listenSctp(port, (socket) => take(overSctp(socket))) : network.listenTcp(port, take)
}

/** `-e PROGRAM`: in busybox the rest of the command line is the program's, elsewhere one word is; `-c` is for the shell. */
function splitProgram(
  args: readonly string[],
  busybox: boolean,
): { readonly args: readonly string[]; readonly program: readonly string[] | undefined } {
  const at = args.findIndex((arg) => /^-(e|c|-exec|-sh-exec)$/.test(arg))
  const value = args[at + 1]
  if (at < 0 || value === undefined) return { args, program: undefined }
  if (busybox) return { args: args.slice(0, at), program: args.slice(at + 1) }
  const left = [...args.slice(0, at), ...args.slice(at + 2)]
  return { args: left, program: /c$/.test(args[at] ?? '') ? ['sh', '-c', value] : value.split(/\s+/) }
}

async function fail(context: CommandContext, message: string): Promise<number> {
  await context.stderr.write(`nc: ${message}\n`)
  return 1
}

function portRange(text: string): number[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text)
  if (match === null) return [...SERVICES].filter(([, name]) => name === text).map(([port]) => port)
  const first = Number(match[1])
  const last = Number(match[2] ?? match[1])
  return Array.from({ length: Math.max(0, Math.min(last - first + 1, 65_536)) }, (_unused, index) => first + index)
}

async function connect(
  context: CommandContext,
  host: ToolHost,
  options: ToolOptions,
  name: string,
  port: number,
  talk: Talk,
): Promise<number> {
  const busybox = isBusybox(host)
  const found = await context.block(lookupName(host, name, wantedFamily(options)))
  const addresses = 'error' in found ? [] : found.addresses
  if (addresses.length === 0) {
    return fail(
      context,
      busybox ? `bad address '${name}'` : `getaddrinfo for host "${name}" port ${port}: Name or service not known`,
    )
  }
  let status = 1
  // OpenBSD's tries each address until one is connected to; busybox knows the first alone.
  for (const address of busybox ? addresses.slice(0, 1) : addresses) {
    status = await connectTo(context, host, options, { name, address, port, talk })
    if (status === 0) break
  }
  return status
}

interface Peer {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly talk: Talk
}

async function connectTo(
  context: CommandContext,
  host: ToolHost,
  options: ToolOptions,
  { name, address, port, talk }: Peer,
): Promise<number> {
  const busybox = isBusybox(host)
  const timeoutUs = secondsToUs(options.value('w'))
  if (options.has('u')) return talkUdp(context, host, options, address, port)
  const shown = address === name ? name : `${name} (${address})`
  try {
    const socket = await context.block(
      dial(host.network, options.has('sctp'), { address, port, ...(timeoutUs === undefined ? {} : { timeoutUs }) }),
    )
    if (options.has('v')) {
      const service = SERVICES.get(port) ?? '*'
      await context.stderr.write(
        busybox
          ? `${name} (${address}:${port}) open\n`
          : `Connection to ${shown} ${port} port [${protocolOf(options)}/${service}] succeeded!\n`,
      )
    }
    if (options.has('z')) {
      socket.end()
      return 0
    }
    return await talk(socket)
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    const place = busybox ? `${name} (${address}:${port})` : `${shown} port ${port}`
    return connectFailed(context, error, options, busybox, place)
  }
}

async function connectFailed(
  context: CommandContext,
  error: SocketError,
  options: ToolOptions,
  busybox: boolean,
  place: string,
): Promise<number> {
  const limited = error.code === 'ETIMEDOUT' && secondsToUs(options.value('w')) !== undefined
  if (busybox) return fail(context, limited ? 'timed out' : `${place}: ${connectReason(error)}`)
  if (!options.has('v')) return 1
  const reason = limited ? 'timed out: Operation now in progress' : `failed: ${connectReason(error)}`
  return fail(context, `connect to ${place} (${protocolOf(options)}) ${reason}`)
}

const protocolOf = (options: ToolOptions): string => (options.has('sctp') ? 'sctp' : 'tcp')

/** Standard input to the peer and its answers to standard output, until the peer ends, or -w has passed without data. */
export async function copyBothWays(
  context: CommandContext,
  socket: Connection,
  options: Pick<ToolOptions, 'has' | 'value'>,
  halfCloses: boolean,
): Promise<number> {
  const idleUs = secondsToUs(options.value('w'))
  const send = async (): Promise<void> => {
    if (options.has('d')) return
    for (let chunk = await context.stdin.read(); chunk !== undefined; chunk = await context.stdin.read())
      socket.write(chunk)
    if (halfCloses) socket.end()
  }
  const receive = async (): Promise<number> => {
    for (;;) {
      const chunk = await within(context, socket.read(), idleUs)
      if (chunk === TIMED_OUT || chunk === undefined) {
        socket.end()
        return 0
      }
      await context.stdout.write(chunk)
    }
  }
  const sending = send().catch((error: unknown) => error)
  try {
    return await receive()
  } catch (error) {
    socket.destroy()
    if (error instanceof SocketError) return 1
    throw error
  } finally {
    // A pending read of standard input ends with the process.
    void sending
  }
}

/** The connection is the program's standard input and output. */
async function runProgram(context: CommandContext, socket: Connection, argv: readonly string[]): Promise<number> {
  const output = {
    write: async (data: Uint8Array | string): Promise<void> => {
      socket.write(typeof data === 'string' ? Buffer.from(data, 'utf8') : data)
    },
  }
  const child = context.spawn(argv, { stdin: { read: () => socket.read() }, stdout: output })
  const status = await context.block(child.done)
  socket.end()
  return status
}

async function listen(context: CommandContext, host: ToolHost, options: ToolOptions, talk: Talk): Promise<number> {
  const text = options.value('p') ?? options.operands.at(-1)
  const port = Number(text)
  if (text === undefined || !Number.isInteger(port)) return fail(context, 'usage: nc -l [-p] port')
  if (options.has('u')) return fail(context, '-l with -u: not simulated')
  const { engine } = context
  const waiting: Connection[] = []
  let arrived = engine.deferred<void>()
  try {
    const listener = accept(host.network, options.has('sctp'), port, (socket) => {
      waiting.push(socket)
      arrived.resolve()
    })
    try {
      if (options.has('v'))
        await context.stderr.write(
          isBusybox(host) ? `listening on [::]:${port} ...\n` : `Listening on 0.0.0.0 ${port}\n`,
        )
      do {
        while (waiting.length === 0) {
          await context.block(arrived.promise)
          arrived = engine.deferred<void>()
        }
        const socket = waiting.shift()
        if (socket === undefined) continue
        if (options.has('v'))
          await context.stderr.write(`Connection received on ${socket.remote.address} ${socket.remote.port}\n`)
        await talk(socket)
      } while (options.has('k'))
      return 0
    } finally {
      listener.close()
    }
  } catch (error) {
    if (error instanceof SocketError) return fail(context, connectReason(error))
    throw error
  }
}

async function talkUdp(
  context: CommandContext,
  host: ToolHost,
  options: ToolOptions,
  address: string,
  port: number,
): Promise<number> {
  const { engine } = context
  const socket: UdpSocket = host.network.bindUdp(0)
  const received: (Uint8Array | SocketError)[] = []
  let arrived = engine.deferred<void>()
  const take = (one: Uint8Array | SocketError): void => {
    received.push(one)
    arrived.resolve()
  }
  socket.onMessage = (data) => take(data)
  socket.onError = (error) => take(error)
  try {
    if (options.has('z')) return await tryUdp(context, socket, options, address, port, received)
    for (let chunk = await context.stdin.read(); chunk !== undefined; chunk = await context.stdin.read()) {
      socket.send(chunk, { address, port })
    }
    for (;;) {
      const one = received.shift()
      if (one instanceof SocketError) return 1
      if (one !== undefined) {
        await context.stdout.write(one)
        continue
      }
      if ((await within(context, arrived.promise, secondsToUs(options.value('w')))) === TIMED_OUT) return 0
      arrived = engine.deferred<void>()
    }
  } finally {
    socket.close()
  }
}

/** A port is open unless an ICMP error comes back within a second. */
async function tryUdp(
  context: CommandContext,
  socket: UdpSocket,
  options: ToolOptions,
  address: string,
  port: number,
  received: readonly (Uint8Array | SocketError)[],
): Promise<number> {
  socket.send(Buffer.from('X'), { address, port })
  await context.sleep(1_000_000)
  if (received.some((one) => one instanceof SocketError)) return 1
  const service = SERVICES.get(port) ?? '*'
  if (options.has('v'))
    await context.stderr.write(`Connection to ${address} ${port} port [udp/${service}] succeeded!\n`)
  return 0
}
