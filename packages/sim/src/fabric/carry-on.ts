// A program that forwards one connection by another (a proxy in user space) says so, so that the flow of the first leads on to the second.

import type { TcpSocket } from './network.ts'
import { TcpEndpoint } from './tcp-endpoint.ts'

/** @param accepted the connection that came in; @param onward the one opened for it */
export function carryOn(accepted: TcpSocket, onward: TcpSocket): void {
  if (accepted instanceof TcpEndpoint) accepted.carriedOn(onward.flow)
}
