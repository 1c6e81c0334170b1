// ss and netstat: what listens here (-l, -t, -u, -n, -p without names). Established connections are not listed; asking for them alone is
// refused by name.

import { parseOptions } from '@podwire/shell'
import type { Tool, ToolHost } from './tool.ts'

interface Row {
  readonly protocol: 'tcp' | 'udp'
  readonly local: string
  readonly any: string
}

function rows(host: ToolHost, tcp: boolean, udp: boolean): readonly Row[] {
  const wanted = host.network.listeners().filter((one) => (one.protocol === 'tcp' ? tcp : udp))
  return wanted.map((one) => {
    const six = one.address.includes(':')
    return {
      protocol: one.protocol,
      local: `${six ? `[${one.address}]` : one.address}:${one.port}`,
      any: six ? '[::]:*' : '0.0.0.0:*',
    }
  })
}

export const ss: Tool = async (context, host) => {
  const options = parseOptions(context.args, 'lntuapH46e', ['listening', 'tcp', 'udp', 'numeric', 'no-header'])
  if ('problem' in options) {
    await context.stderr.write(`ss: ${options.problem}\n`)
    return 255
  }
  if (!options.has('l', 'a', 'listening')) {
    await context.stderr.write('ss: established connections are not simulated: use -l\n')
    return 1
  }
  const tcp = options.has('t', 'tcp')
  const udp = options.has('u', 'udp')
  const both = tcp === udp
  const mixed = both
  const heading = `${mixed ? 'Netid ' : ''}State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n`
  if (!options.has('H', 'no-header')) await context.stdout.write(heading)
  for (const row of rows(host, tcp || both, udp || both)) {
    const state = row.protocol === 'tcp' ? 'LISTEN' : 'UNCONN'
    const queue = row.protocol === 'tcp' ? 511 : 0
    const netid = mixed ? row.protocol.padEnd(6) : ''
    await context.stdout.write(
      `${netid}${state} 0      ${String(queue).padEnd(6)} ${row.local.padStart(18)} ${row.any.padStart(17)}\n`,
    )
  }
  return 0
}

export const netstat: Tool = async (context, host) => {
  const options = parseOptions(context.args, 'lntuapW46e')
  if ('problem' in options) {
    await context.stderr.write(`netstat: ${options.problem}\n`)
    return 1
  }
  if (!options.has('l', 'a')) {
    await context.stderr.write('netstat: established connections are not simulated: use -l\n')
    return 1
  }
  const both = options.has('t') === options.has('u')
  await context.stdout.write('Active Internet connections (only servers)\n')
  const program = options.has('p') ? 'PID/Program name' : ''
  await context.stdout.write(
    `Proto Recv-Q Send-Q Local Address           Foreign Address         State       ${program}\n`,
  )
  for (const row of rows(host, options.has('t') || both, options.has('u') || both)) {
    const state = row.protocol === 'tcp' ? 'LISTEN' : ''
    const plain = (text: string): string => text.replace(/[[\]]/g, '')
    const line = `${row.protocol.padEnd(5)} ${'0'.padStart(6)} ${'0'.padStart(6)} ${plain(row.local).padEnd(23)} ${plain(row.any).padEnd(23)} ${state.padEnd(11)} ${options.has('p') ? '-' : ''}`
    await context.stdout.write(`${line.trimEnd()}\n`)
  }
  return 0
}
