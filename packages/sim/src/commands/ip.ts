// ip address and ip route of iproute2, read only: addresses and routes cannot be changed from here, and says so.

import type { CommandContext } from '@podwire/shell'
import { formatRoute, type NetworkInterface, type Route } from '../fabric/index.ts'
import { broadcast, hardwareAddress, inNetwork, prefixLength } from './link-address.ts'
import type { Tool, ToolHost } from './tool.ts'
import { isIpv4 } from './waiting.ts'

/** Where ipvs mode puts service addresses. */
const DUMMY = 'kube-ipvs0'

export const ip: Tool = async (context, host) => {
  const flags = context.args.filter((arg) => arg.startsWith('-'))
  const [object = '', ...words] = context.args.filter((arg) => !arg.startsWith('-'))
  const action = words[0] ?? 'show'
  const named = (full: string): boolean => object.length > 0 && full.startsWith(object)
  const showing = ['show', 'list', 'sh', 'ls', 'lst', 'dev'].includes(action)
  if (object === '') {
    await context.stderr.write('Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n')
    return 255
  }
  const device = words.find(
    (word, index) => words[index - 1] === 'dev' || (index > 0 && words.length === 2 && word !== 'dev'),
  )
  const brief = flags.includes('-br') || flags.includes('-brief')
  if (named('address') && showing && brief) return showBriefly(context, host, flags)
  if (named('route') && action === 'get') return routeGet(context, host, words[1] ?? '')
  if (named('address') && showing) return showAddresses(context, host, device, flags, true)
  if (named('link') && showing) return showAddresses(context, host, device, flags, false)
  if (named('route') && showing) {
    const ipv6 = flags.includes('-6')
    const routes = host.network.routes().filter((route) => isIpv6Route(route) === ipv6)
    // iproute2 lists the default route first in IPv4, and last in IPv6.
    const ordered = ipv6 ? routes.toSorted((a, b) => Number(isDefault(a)) - Number(isDefault(b))) : routes
    for (const route of ordered) await context.stdout.write(`${ipv6 ? formatIpv6Route(route) : formatRoute(route)} \n`)
    return 0
  }
  await context.stderr.write(
    showing || !/^(address|link|route)/.test(object)
      ? `ip: ${object}: this object is not simulated\n`
      : `RTNETLINK answers: Operation not permitted\n`,
  )
  return showing ? 1 : 2
}

const isDefault = ({ destination }: Route): boolean => destination === 'default'

function isIpv6Route({ destination, via, source, nexthops }: Route): boolean {
  return [destination, via, source, nexthops?.[0]].some((text) => text?.includes(':') === true)
}

/** Networks on the link have the kernel's metric, routes through a gateway the default one. */
function formatIpv6Route(route: Route): string {
  const { destination, via, device } = route
  if (route.nexthops !== undefined) return formatRoute(route)
  return via === undefined
    ? `${destination} dev ${device} proto kernel metric 256 pref medium`
    : `${destination} via ${via} dev ${device} metric 1024 pref medium`
}

/** `ip -br address`: a line a device. */
async function showBriefly(context: CommandContext, host: ToolHost, flags: readonly string[]): Promise<number> {
  const only = flags.includes('-4') ? 4 : flags.includes('-6') ? 6 : undefined
  for (const { name, addresses } of host.network.interfaces()) {
    const loopback = name === 'lo'
    const shown = addresses
      .filter((address) => only === undefined || isIpv4(address) === (only === 4))
      .map((address) => `${address}/${loopback ? (isIpv4(address) ? 8 : 128) : prefixLength(host, name, address)} `)
    const state = loopback ? 'UNKNOWN' : name === DUMMY ? 'DOWN' : 'UP'
    if (shown.length > 0) await context.stdout.write(`${name.padEnd(16)} ${state.padEnd(14)} ${shown.join('')}\n`)
  }
  return 0
}

/** The way to an address, by the longest route that has it. */
async function routeGet(context: CommandContext, host: ToolHost, address: string): Promise<number> {
  if (!isIpv4(address)) {
    const problem = address === '' ? 'need at least a destination address' : 'only IPv4 addresses are simulated here'
    await context.stderr.write(`ip: route get: ${problem}\n`)
    return 1
  }
  const local = host.network.interfaces().find(({ addresses }) => addresses.includes(address))
  if (local !== undefined || address.startsWith('127.')) {
    await context.stdout.write(`local ${address} dev lo src ${address} uid 0 \n    cache <local> \n`)
    return 0
  }
  const bitsOf = (destination: string): number =>
    destination === 'default' ? 0 : Number(destination.split('/')[1] ?? '32')
  const [route] = host.network
    .routes()
    .filter(({ destination }) => {
      const network = destination.split('/')[0] ?? ''
      return destination === 'default' || (isIpv4(network) && inNetwork(address, network, bitsOf(destination)))
    })
    .sort((a, b) => bitsOf(b.destination) - bitsOf(a.destination))
  const device = host.network.interfaces().find(({ name }) => name === route?.device)
  const source = device?.addresses.find(isIpv4)
  if (route === undefined || source === undefined) {
    await context.stderr.write('RTNETLINK answers: Network is unreachable\n')
    return 2
  }
  const via = route.via === undefined ? '' : `via ${route.via} `
  await context.stdout.write(`${address} ${via}dev ${route.device} src ${source} uid 0 \n    cache \n`)
  return 0
}

async function showAddresses(
  context: CommandContext,
  host: ToolHost,
  device: string | undefined,
  flags: readonly string[],
  withAddresses: boolean,
): Promise<number> {
  const interfaces = host.network.interfaces()
  if (device !== undefined && !interfaces.some((one) => one.name === device)) {
    await context.stderr.write(`Device "${device}" does not exist.\n`)
    return 1
  }
  for (const [index, one] of interfaces.entries()) {
    if (device !== undefined && one.name !== device) continue
    await context.stdout.write(describe(host, one, index + 1, flags, withAddresses))
  }
  return 0
}

function describe(
  host: ToolHost,
  one: NetworkInterface,
  index: number,
  flags: readonly string[],
  withAddresses: boolean,
): string {
  const loopback = one.name === 'lo'
  const kind = loopback ? '<LOOPBACK,UP,LOWER_UP> mtu 65536' : '<BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500'
  const state = loopback ? 'UNKNOWN' : 'UP'
  // kube-proxy's dummy device is never brought up.
  let text =
    one.name === DUMMY
      ? `${index}: ${DUMMY}: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default \n`
      : `${index}: ${one.name}: ${kind} qdisc noqueue state ${state} group default qlen 1000\n`
  const hardware = hardwareAddress(one.addresses.find(isIpv4))
  const only = flags.includes('-4') ? 4 : flags.includes('-6') ? 6 : undefined
  if (only === undefined) {
    text += loopback
      ? '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n'
      : `    link/ether ${hardware} brd ff:ff:ff:ff:ff:ff\n`
  }
  if (!withAddresses) return text
  for (const address of one.addresses) {
    const family = isIpv4(address) ? 4 : 6
    if (only !== undefined && family !== only) continue
    text += `    ${addressLine(host, one.name, address, loopback)}\n       valid_lft forever preferred_lft forever\n`
  }
  return text
}

function addressLine(host: ToolHost, device: string, address: string, loopback: boolean): string {
  if (device === DUMMY) {
    return isIpv4(address) ? `inet ${address}/32 scope global ${DUMMY}` : `inet6 ${address}/128 scope global `
  }
  if (loopback) return isIpv4(address) ? `inet ${address}/8 scope host lo` : `inet6 ${address}/128 scope host `
  const bits = prefixLength(host, device, address)
  if (!isIpv4(address)) return `inet6 ${address}/${bits} scope global `
  return `inet ${address}/${bits}${bits < 31 ? ` brd ${broadcast(address, bits)}` : ''} scope global ${device}`
}
