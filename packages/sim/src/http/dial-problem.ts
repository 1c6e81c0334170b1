// How Go's net package words a connection that could not be made. Source: net.OpError and syscall.Errno.

import type { SocketError } from '../fabric/network.ts'

/** undefined: it was made, or nobody answered. */
export function dialProblem({ code }: SocketError, address: string, port: number): string | undefined {
  const dial = `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: connect: `
  if (code === 'ECONNREFUSED') return `${dial}connection refused`
  if (code === 'EHOSTUNREACH') return `${dial}no route to host`
  if (code === 'EADDRNOTAVAIL') return `${dial}cannot assign requested address`
  return code === 'ENETUNREACH' ? `${dial}network is unreachable` : undefined
}
