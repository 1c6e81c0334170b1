// agnhost netexec --sctp-port: one line, one answer, then the association is over. Source: kubernetes test/images/agnhost/netexec
// (startSCTPServer). Departures: clients are served side by side, and one that ends without a word does not end the server.

import { SocketError } from '../../fabric/network.ts'
import type { ContainerContext } from '../image.ts'
import { goLog } from './go-text.ts'
import { answerLine } from './netexec-commands.ts'

/** @returns false when the port is taken: the program has ended */
export function serveSctp(context: ContainerContext, port: number): boolean {
  try {
    context.network.listenSctp(port, (socket) => {
      socket.onMessage = (data) => {
        const answer = answerLine(context, 'SCTP', data, socket.remote)
        if (answer !== undefined) socket.send(answer)
        socket.end()
      }
    })
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    goLog(context, `Error occurred: failed to create listener for SCTP address :${port}:address already in use`)
    context.exit(1)
    return false
  }
  goLog(context, 'Started SCTP server')
  return true
}
