// What agnhost netexec says to a line over UDP or SCTP: `hostname`, `echo X`, `clientip`, in any case; to others nothing. What it echoes is
// in lower case, as the real one's. Source: kubernetes test/images/agnhost/netexec (startUDPServer, startSCTPServer).

import type { SocketAddress } from '../../fabric/network.ts'
import type { ContainerContext } from '../image.ts'
import { goLog } from './go-text.ts'

/** @returns undefined: no answer */
export function answerLine(
  context: ContainerContext,
  protocol: 'UDP' | 'SCTP',
  data: Uint8Array,
  { address, port }: SocketAddress,
): Uint8Array | undefined {
  const line = Buffer.from(data).toString('utf8').trim().toLowerCase()
  const client = `${address.includes(':') ? `[${address}]` : address}:${port}`
  if (line === 'hostname') return Buffer.from(context.hostname, 'utf8')
  if (line.startsWith('echo ')) return Buffer.from(line.slice(5), 'utf8')
  if (line === 'clientip') return Buffer.from(client, 'utf8')
  if (line !== '') goLog(context, `Unknown ${protocol} command received from ${client}: ${line}`)
  return undefined
}
