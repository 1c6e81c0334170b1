// agnhost connect HOST:PORT: tries a TCP, UDP or SCTP connection and says what went wrong in a word tests can look for.
// Source: kubernetes test/images/agnhost/connect. Its SCTP knows no REFUSED (that is OTHER), and without --timeout it has no patience at all.

import type { CommandContext } from '@podwire/shell'
import { type ConnectingSctpSocket, type SocketAddress, SocketError } from '../../fabric/network.ts'
import type { Tool, ToolHost } from '../../commands/tool.ts'
import { lookupName, TIMED_OUT, within } from '../../commands/waiting.ts'
import { flagValue } from '../flags.ts'
import { errnoText, goDuration } from './go-text.ts'

export const connectTool: Tool = async (process, host) => {
  const destination = process.args.find((word, index) => index > 0 && !word.startsWith('-')) ?? ''
  const problem = await connect(process, host, destination)
  if (problem === undefined) return 0
  await process.stderr.write(`${problem}\n`)
  return 1
}

async function connect(process: CommandContext, host: ToolHost, destination: string): Promise<string | undefined> {
  const colon = destination.lastIndexOf(':')
  if (colon < 0) return `UNKNOWN: address ${destination}: missing port in address`
  const name = destination.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  const port = Number(destination.slice(colon + 1))
  const found = await process.block(lookupName(host, name))
  const address = 'addresses' in found ? found.addresses[0] : undefined
  if (address === undefined) return `DNS: lookup ${name}: no such host`
  const timeout = goDuration(flagValue(process.args, 'timeout') ?? '0') ?? 0
  const limitUs = timeout > 0 ? timeout : undefined
  const protocol = flagValue(process.args, 'protocol') ?? 'tcp'
  if (protocol === 'udp') return connectUdp(process, host, { address, port }, limitUs)
  if (protocol === 'sctp') return connectSctp(process, host, { address, port }, timeout)
  if (protocol !== 'tcp' && protocol !== '') return `Unsupported protocol\n${protocol}`
  try {
    const socket = await within(process, host.network.connectTcp({ address, port }), limitUs)
    if (socket === TIMED_OUT) return 'TIMEOUT'
    socket.end()
    return undefined
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return wordFor(error)
  }
}

function wordFor({ code }: SocketError): string {
  if (code === 'ECONNREFUSED') return 'REFUSED'
  return code === 'ETIMEDOUT' ? 'TIMEOUT' : `OTHER: ${code}`
}

async function connectUdp(
  process: CommandContext,
  { network }: ToolHost,
  to: SocketAddress,
  limitUs: number | undefined,
): Promise<string | undefined> {
  const answered = process.engine.deferred<string | undefined>()
  const socket = network.bindUdp(0)
  socket.onMessage = () => answered.resolve(undefined)
  socket.onError = (error) => answered.resolve(wordFor(error))
  socket.send(Buffer.from(`${flagValue(process.args, 'udp-data') ?? 'hostname'}\n`, 'utf8'), to)
  try {
    const result = await within(process, answered.promise, limitUs)
    return result === TIMED_OUT ? 'TIMEOUT' : result
  } finally {
    socket.close()
  }
}

async function connectSctp(
  process: CommandContext,
  { network }: ToolHost,
  to: SocketAddress,
  limitUs: number,
): Promise<string | undefined> {
  const socket = network.openSctp(to)
  try {
    const result = await within(process, converse(process, socket), limitUs)
    return result === TIMED_OUT ? 'TIMEOUT' : result
  } finally {
    if (socket.connected) socket.end()
    else socket.destroy()
  }
}

/** Not before the association stands and the server has said something. */
async function converse(process: CommandContext, socket: ConnectingSctpSocket): Promise<string | undefined> {
  const stands = process.engine.deferred<undefined>()
  socket.onConnect = () => stands.resolve(undefined)
  socket.onError = (error) => stands.reject(error)
  try {
    await stands.promise
    socket.onError = undefined
    socket.send(Buffer.from(`${flagValue(process.args, 'sctp-data') ?? 'hostname'}\n`, 'utf8'))
    return (await socket.read()) === undefined ? 'OTHER: EOF' : undefined
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return `OTHER: ${errnoText(error)}`
  }
}
