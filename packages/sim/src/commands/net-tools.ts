// ifconfig and route of net-tools (busybox's are the same in what is shown here), read only: counters are left out, since none are kept.
// Changing an interface or a route is refused as without CAP_NET_ADMIN. Sources: net-tools ifconfig(8), route(8); busybox networking.

import type { CommandContext } from '@podwire/shell'
import type { NetworkInterface } from '../fabric/index.ts'
import { broadcast, hardwareAddress, prefixLength } from './link-address.ts'
import { isBusybox, type Tool, type ToolHost } from './tool.ts'
import { isIpv4 } from './waiting.ts'

const NOT_PERMITTED = 'Operation not permitted'

export const ifconfig: Tool = async (context, host) => {
  const operands = context.args.filter((arg) => arg !== '-a')
  const [device] = operands
  if (device?.startsWith('-') === true) return complain(context, `${device}: not simulated`)
  if (operands.length > 1) return complain(context, `SIOCSIFADDR: ${NOT_PERMITTED}`)
  const interfaces = host.network.interfaces()
  if (device !== undefined && !interfaces.some(({ name }) => name === device)) {
    return complain(context, `${device}: error fetching interface information: Device not found`)
  }
  const shown = interfaces
    .filter(({ name }) => device === undefined || name === device)
    .sort((a, b) => Number(a.name === 'lo') - Number(b.name === 'lo'))
  for (const one of shown) {
    await context.stdout.write(`${(isBusybox(host) ? busyboxLines : lines)(host, one).join('\n')}\n\n`)
  }
  return 0
}

function lines(host: ToolHost, one: NetworkInterface): string[] {
  const loopback = one.name === 'lo'
  const flags = loopback
    ? 'flags=73<UP,LOOPBACK,RUNNING>  mtu 65536'
    : 'flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500'
  const found = [`${one.name}: ${flags}`]
  for (const address of one.addresses) {
    const bits = bitsOf(host, one, address)
    if (!isIpv4(address))
      found.push(`inet6 ${address}  prefixlen ${bits}  scopeid ${loopback ? '0x10<host>' : '0x0<global>'}`)
    else
      found.push(
        `inet ${address}  netmask ${netmask(bits)}${loopback ? '' : `  broadcast ${broadcast(address, bits)}`}`,
      )
  }
  found.push(
    loopback
      ? 'loop  txqueuelen 1000  (Local Loopback)'
      : `ether ${hardwareAddress(one.addresses.find(isIpv4))}  txqueuelen 0  (Ethernet)`,
  )
  return found.map((line, index) => (index === 0 ? line : `        ${line}`))
}

function busyboxLines(host: ToolHost, one: NetworkInterface): string[] {
  const loopback = one.name === 'lo'
  const ethernet = `Ethernet  HWaddr ${hardwareAddress(one.addresses.find(isIpv4)).toUpperCase()}  `
  const found = [`${one.name.padEnd(10)}Link encap:${loopback ? 'Local Loopback  ' : ethernet}`]
  for (const address of one.addresses) {
    const bits = bitsOf(host, one, address)
    const scope = loopback ? 'Host' : 'Global'
    if (!isIpv4(address)) found.push(`inet6 addr: ${address}/${bits} Scope:${scope}`)
    else
      found.push(`inet addr:${address}  ${loopback ? '' : `Bcast:${broadcast(address, bits)}  `}Mask:${netmask(bits)}`)
  }
  found.push(
    `UP ${loopback ? 'LOOPBACK' : 'BROADCAST'} RUNNING${loopback ? '' : ' MULTICAST'}  MTU:${loopback ? 65536 : 1500}  Metric:1`,
  )
  return found.map((line, index) => (index === 0 ? line : `          ${line}`))
}

function bitsOf(host: ToolHost, { name }: NetworkInterface, address: string): number {
  if (name === 'lo') return isIpv4(address) ? 8 : 128
  return prefixLength(host, name, address)
}

export const route: Tool = async (context, host) => {
  const other = context.args.find((arg) => !/^-[ne]+$/.test(arg))
  if (other === undefined)
    return writeRoutes(
      context,
      host,
      context.args.some((arg) => arg.includes('n')),
    )
  if (other === 'add' || other === 'del') return complain(context, `SIOCADDRT: ${NOT_PERMITTED}`)
  return complain(context, `${other}: not simulated`)
}

/** The table of `route` and `netstat -r`: IPv4 alone, as they show it without -6. */
export async function writeRoutes(context: CommandContext, host: ToolHost, numeric: boolean): Promise<number> {
  await context.stdout.write('Kernel IP routing table\n')
  await context.stdout.write('Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n')
  for (const { destination, via, nexthops, device } of host.network.routes()) {
    const isDefault = destination === 'default'
    const [network = '', bits = '32'] = destination.split('/')
    const gateway = via ?? nexthops?.[0]
    if (isDefault ? gateway?.includes(':') === true : !isIpv4(network)) continue
    const flags = `U${gateway === undefined ? '' : 'G'}${!isDefault && bits === '32' ? 'H' : ''}`
    const columns = [
      isDefault ? (numeric ? '0.0.0.0' : 'default') : network,
      gateway ?? (numeric ? '0.0.0.0' : '*'),
      netmask(isDefault ? 0 : Number(bits)),
    ].map((text) => text.padEnd(15))
    await context.stdout.write(`${columns.join(' ')} ${flags.padEnd(5)} 0      0        0 ${device}\n`)
  }
  return 0
}

function netmask(bits: number): string {
  return [0, 8, 16, 24].map((from) => 256 - 2 ** (8 - Math.min(8, Math.max(0, bits - from)))).join('.')
}

async function complain(context: CommandContext, message: string): Promise<number> {
  await context.stderr.write(`${context.name}: ${message}\n`)
  return 1
}
