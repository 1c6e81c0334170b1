// port-forward over plain websocket channels, as @kubernetes/client-node speaks it: ports in the query, channel 2i carries the
// data of port i and 2i+1 its errors, and both start with the port number in two bytes. kubectl tunnels SPDY instead.
// Source: kubelet server/portforward/websocket.go.

import type { WebSocket } from 'ws'
import type { Pod } from '../objects/index.ts'
import { badRequest } from '../status/errors.ts'
import type { NodeConnection } from './node-connection.ts'
import { forwardPort, type ForwardedConnection } from './port-forward.ts'

export const CHANNEL_FORWARD_PROTOCOLS: readonly string[] = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'portforward.k8s.io',
  'channel.k8s.io',
]

/** `ports=80&ports=81` or `ports=80,81`. @throws StatusError 400 for none, or for what is no port */
export function forwardedPorts(query: URLSearchParams): readonly number[] {
  const texts = query.getAll('ports').flatMap((text) => text.split(','))
  if (texts.length === 0) throw badRequest('query parameter "ports" is required')
  return texts.map((text) => {
    const port = Number(text)
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      throw badRequest(`unable to parse ${JSON.stringify(text)} as a port`)
    return port
  })
}

function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(port)
  return bytes
}

export function forwardChannels(
  node: NodeConnection,
  pod: Pod,
  ports: readonly number[],
  socket: WebSocket,
  enter: (work: () => void) => void,
): void {
  const send = (channel: number, bytes: Uint8Array): void => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Uint8Array.of(channel), bytes]))
  }
  let open = ports.length
  const connections: ForwardedConnection[] = ports.map((port, index) => {
    send(2 * index, portBytes(port))
    send(2 * index + 1, portBytes(port))
    return forwardPort(node, pod, port, {
      data: (bytes) => send(2 * index, bytes),
      end: () => {
        open--
        if (open === 0) socket.close(1000)
      },
      error: (message) => send(2 * index + 1, Buffer.from(message)),
    })
  })
  socket.on('message', (data: Buffer) => {
    const channel = data[0] ?? 0
    if (channel % 2 === 0 && data.length > 1) enter(() => connections[channel / 2]?.write(data.subarray(1)))
  })
  socket.on('close', () => enter(() => connections.forEach((connection) => connection.destroy())))
}
