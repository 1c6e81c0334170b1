// port-forward over plain websocket channels, as @kubernetes/client-node speaks it: ports in the query, channel 2i carries the
// data of port i and 2i+1 its errors, and both start with the port number in two bytes. kubectl tunnels SPDY instead.
// Source: kubelet server/portforward/websocket.go.

import type { WebSocket } from 'ws'
import type { Pod } from '../objects/index.ts'
import { BASE64, BINARY, type ChannelCodec } from './channel-protocol.ts'
import { KubeletRefusal, type NodeConnection } from './node-connection.ts'
import type { Outflow } from './outflow.ts'
import { forwardPort, type ForwardedConnection } from './port-forward.ts'

export interface ForwardProtocol {
  readonly name: string
  readonly codec: ChannelCodec
}

export const CHANNEL_FORWARD_PROTOCOLS: ReadonlyMap<string, ForwardProtocol> = new Map(
  [
    { name: 'v4.channel.k8s.io', codec: BINARY },
    { name: 'v4.base64.channel.k8s.io', codec: BASE64 },
    { name: '', codec: BINARY },
  ].map((protocol) => [protocol.name, protocol]),
)

/** @throws KubeletRefusal 400 for none, or for port 0; the API server has looked at the others */
export function forwardedPorts(query: URLSearchParams): readonly number[] {
  const texts = query.getAll('ports').flatMap((text) => text.split(','))
  if (texts.length === 0) throw new KubeletRefusal(400, 'query parameter "port" is required')
  return texts.map((text) => {
    const port = Number(text)
    if (port === 0) throw new KubeletRefusal(400, `port "0" must be > 0`)
    return port
  })
}

function portBytes(port: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(port)
  return bytes
}

export interface ChannelForward {
  readonly node: NodeConnection
  readonly pod: Pod
  readonly ports: readonly number[]
  readonly codec: ChannelCodec
  readonly outflow: Outflow
  readonly enter: (work: () => void) => void
}

export function forwardChannels(socket: WebSocket, forward: ChannelForward): void {
  const { node, pod, ports, codec, outflow, enter } = forward
  const send = (channel: number, bytes: Uint8Array): void => {
    if (socket.readyState !== socket.OPEN) return
    const message = codec.encode(channel, bytes)
    void outflow.send(message.length, (sent) => socket.send(message, sent))
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
    const message = data.length === 0 ? { channel: 1, payload: data } : codec.decode(data)
    if (message === undefined) socket.close(1003)
    else if (message.channel % 2 === 0 && message.payload.length > 0)
      enter(() => connections[message.channel / 2]?.write(message.payload))
  })
  socket.on('close', () => enter(() => connections.forEach((connection) => connection.destroy())))
}
