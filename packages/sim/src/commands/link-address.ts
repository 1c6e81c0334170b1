// Addresses of a device as tools print them: the network they lie in, its broadcast address, and hardware addresses, which the bridge
// plugin of CNI makes of the IPv4 address (0a:58 and the four bytes).

import type { ToolHost } from './tool.ts'
import { isIpv4 } from './waiting.ts'

/** The directly connected network of the device that the address lies in. */
export function prefixLength(host: ToolHost, device: string, address: string): number {
  for (const route of host.network.routes()) {
    const [network = '', bits = ''] = route.destination.split('/')
    if (route.device !== device || route.via !== undefined || bits === '' || isIpv4(network) !== isIpv4(address))
      continue
    if (!isIpv4(address) || inNetwork(address, network, Number(bits))) return Number(bits)
  }
  // A pod behind a bridge knows only its gateway; the bridge plugin gives its device the node's range.
  return isIpv4(address) ? 24 : 64
}

function value(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function inNetwork(address: string, network: string, bits: number): boolean {
  const size = 2 ** (32 - bits)
  return Math.floor(value(address) / size) === Math.floor(value(network) / size)
}

export function broadcast(address: string, bits: number): string {
  const size = 2 ** (32 - bits)
  const last = Math.floor(value(address) / size) * size + size - 1
  return [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.')
}

export function hardwareAddress(address: string | undefined): string {
  const bytes = (address ?? '0.0.0.0').split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
  return ['0a', '58', ...bytes].join(':')
}
