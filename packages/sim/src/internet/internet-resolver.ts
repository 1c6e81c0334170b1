// The recursive resolver every node and the outside host are configured with: port 53 of the outside host, UDP and TCP,
// answering from the declared internet. It knows no cluster name.

import {
  createMessageReader,
  echoedEdns,
  encodeMessage,
  encodeReply,
  frameMessage,
  readRequest,
  sizeLimit,
} from '@podwire/dns'
import { topic, type Engine } from '@podwire/engine'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { Internet } from './internet.ts'

export interface InternetAsked {
  /** Who sent the packet, as it arrived: a node's address where pods are masqueraded. */
  readonly client: string
  readonly protocol: 'udp' | 'tcp'
  readonly name: string
  readonly type: number
  /** Undefined: it stayed silent. */
  readonly rcode: number | undefined
}

/** Somebody asked for a name outside the cluster. */
export const internetAsked = topic<InternetAsked>('internet.asked', (digest, { client, name, type, rcode }) => {
  digest.text(client)
  digest.text(name)
  digest.number(type)
  digest.number(rcode ?? -1)
})

export function startInternetResolver(engine: Engine, internet: Internet, network: NetworkNamespace): void {
  const answer = (bytes: Uint8Array, protocol: 'udp' | 'tcp', client: string): Uint8Array | undefined => {
    const request = readRequest(bytes)
    if (request.kind === 'ignore') return undefined
    if (request.kind === 'reject') return encodeMessage(request.reply)
    const { message } = request
    const reply = internet.answer(message)
    const { name, type } = message.question ?? { name: '.', type: 0 }
    engine.bus.publish(internetAsked, { client, protocol, name, type, rcode: reply?.rcode })
    if (reply === undefined) return undefined
    const limit = sizeLimit(message.edns, protocol)
    return encodeReply({ ...reply, edns: echoedEdns(message.edns) }, limit, {
      protocol,
      family: client.includes(':') ? 6 : 4,
    })
  }
  const udp = network.bindUdp(53)
  const onMessage: typeof udp.onMessage = (data, from) => {
    const reply = answer(data, 'udp', from.address)
    if (reply !== undefined) udp.send(reply, from)
  }
  udp.onMessage = onMessage
  network.listenTcp(53, (socket) => {
    const reader = createMessageReader()
    socket.onData = (data) => {
      for (const message of reader.push(data)) {
        const reply = answer(message, 'tcp', socket.remote.address)
        if (reply !== undefined) socket.write(frameMessage(reply))
      }
    }
    socket.onEnd = () => socket.end()
  })
}
