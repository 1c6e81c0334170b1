// A peer's address as Node.js shows it to a server that listens on `::`, its default: IPv4 addresses are mapped into IPv6.

export function mappedPeer(address: string): string {
  return address.includes(':') ? address : `::ffff:${address}`
}
