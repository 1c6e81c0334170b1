// ss and netstat: what listens here, which TCP connections and SCTP associations there are (-l -a -t -u -S -n -p -H -4 -6 -e); of
// netstat also -r. Names of processes are not known, so that -p leaves its column empty (ss) or a dash (netstat). Sources: iproute2
// ss(8), net-tools netstat(8). Departure: ss has one line an association, without the line of its socket above it.

import { parseOptions, type ToolOptions } from '@podwire/shell'
import type { SctpAssociation, SocketAddress, TcpConnection } from '../fabric/network.ts'
import { writeRoutes } from './net-tools.ts'
import type { Tool, ToolHost } from './tool.ts'

interface Row {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  /** As netstat calls it; '' for a bound UDP socket. */
  readonly state: string
  readonly local: string
  readonly remote: string
}

const SS_STATES: ReadonlyMap<string, string> = new Map([
  ['', 'UNCONN'],
  ['ESTABLISHED', 'ESTAB'],
  ['SYN_SENT', 'SYN-SENT'],
  ['FIN_WAIT2', 'FIN-WAIT-2'],
  ['CLOSE_WAIT', 'CLOSE-WAIT'],
])

const PROTOCOLS = [
  ['t', 'tcp'],
  ['u', 'udp'],
  ['S', 'sctp'],
] as const

const isIpv6 = (address: string): boolean => address.includes(':')

const text = ({ address, port }: SocketAddress): string => `${isIpv6(address) ? `[${address}]` : address}:${port}`

function rows({ network }: ToolHost, options: ToolOptions): readonly Row[] {
  const all = options.has('a', 'all')
  const listening = options.has('l', 'listening')
  const wanted = protocolsOf(options)
  const ofFamily = (address: string): boolean => {
    if (options.has('4') === options.has('6')) return true
    return isIpv6(address) === options.has('6')
  }
  const listeners = network
    .listeners()
    .filter(({ protocol, address }) => (all || listening) && wanted.has(protocol) && ofFamily(address))
    .map((one): Row => {
      const state = one.protocol === 'udp' ? '' : 'LISTEN'
      return { protocol: one.protocol, state, local: text(one), remote: isIpv6(one.address) ? '[::]:*' : '0.0.0.0:*' }
    })
  const connected = (protocol: 'tcp' | 'sctp', sockets: readonly (TcpConnection | SctpAssociation)[]): readonly Row[] =>
    sockets
      .filter(({ local }) => wanted.has(protocol) && (all || !listening) && ofFamily(local.address))
      .map(({ local, remote, state }): Row => ({ protocol, state, local: text(local), remote: text(remote) }))
  return [...listeners, ...connected('tcp', network.connections()), ...connected('sctp', network.associations())]
}

/** Those named, or all of them. */
function protocolsOf(options: ToolOptions): ReadonlySet<Row['protocol']> {
  const named = new Set(PROTOCOLS.flatMap(([letter, name]) => (options.has(letter, name) ? [name] : [])))
  return named.size > 0 ? named : new Set(PROTOCOLS.map(([, name]) => name))
}

export const ss: Tool = async (context, host) => {
  const known = ['listening', 'all', 'tcp', 'udp', 'sctp', 'numeric', 'no-header', 'processes']
  const options = parseOptions(context.args, 'lntuSapH46e', known)
  if ('problem' in options) {
    await context.stderr.write(`ss: ${options.problem}\n`)
    return 255
  }
  if (options.operands.length > 0) {
    await context.stderr.write(`ss: filters are not simulated: ${options.operands.join(' ')}\n`)
    return 255
  }
  const mixed = protocolsOf(options).size > 1
  const heading = `${mixed ? 'Netid ' : ''}State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n`
  if (!options.has('H', 'no-header')) await context.stdout.write(heading)
  for (const { protocol, state, local, remote } of rows(host, options)) {
    const queue = state !== 'LISTEN' ? 0 : protocol === 'sctp' ? 128 : 511
    const netid = mixed ? protocol.padEnd(6) : ''
    const shown = (SS_STATES.get(state) ?? state).padEnd(10)
    const line = `${netid}${shown} 0      ${String(queue).padEnd(6)} ${local.padStart(18)} ${remote.padStart(17)}`
    await context.stdout.write(`${line}\n`)
  }
  return 0
}

export const netstat: Tool = async (context, host) => {
  const options = parseOptions(context.args, 'lntuSapW46er')
  if ('problem' in options) {
    await context.stderr.write(`netstat: ${options.problem}\n`)
    return 1
  }
  if (options.has('r')) return writeRoutes(context, host, true)
  const which = options.has('a') ? 'servers and established' : options.has('l') ? 'only servers' : 'w/o servers'
  await context.stdout.write(`Active Internet connections (${which})\n`)
  const program = options.has('p') ? 'PID/Program name' : ''
  await context.stdout.write(
    `Proto Recv-Q Send-Q Local Address           Foreign Address         State       ${program}\n`,
  )
  const plain = (address: string): string => address.replace(/[[\]]/g, '')
  for (const { protocol, state, local, remote } of rows(host, options)) {
    const addresses = `${plain(local).padEnd(23)} ${plain(remote).padEnd(23)}`
    const owner = options.has('p') ? '-' : ''
    const line = `${protocol.padEnd(5)} ${'0'.padStart(6)} ${'0'.padStart(6)} ${addresses} ${state.padEnd(11)} ${owner}`
    await context.stdout.write(`${line.trimEnd()}\n`)
  }
  return 0
}
