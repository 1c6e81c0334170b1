// Carries DNS messages over the simulated network for a resolver: UDP datagrams, or TCP with length bytes.

import { createMessageReader, frameMessage, type Exchange } from '@podwire/dns'
import type { Engine, Microseconds } from '@podwire/engine'
import { canonicalAddress, familyOf, isLoopback } from '../fabric/address.ts'
import { SocketError, type NetworkNamespace } from '../fabric/network.ts'

type Reply = Uint8Array | 'timeout' | 'refused'

export function dnsExchange(engine: Engine, network: NetworkNamespace): Exchange {
  return (server, port, bytes, protocol, timeoutUs) =>
    protocol === 'udp'
      ? overUdp(engine, network, server, port, bytes, timeoutUs)
      : overTcp(engine, network, server, port, bytes, timeoutUs)
}

/** What getaddrinfo asks the kernel to order addresses by; undefined where there is no IPv6, and nothing to order. */
export function addressSources(network: NetworkNamespace): ((destination: string) => string | undefined) | undefined {
  const hasIpv6 = network.addresses.some((address) => familyOf(address) === 6 && !isLoopback(address))
  return hasIpv6 ? (destination) => network.sourceFor(destination) : undefined
}

function overUdp(
  engine: Engine,
  network: NetworkNamespace,
  address: string,
  port: number,
  bytes: Uint8Array,
  timeoutUs: Microseconds,
): Promise<Reply> {
  const { promise, resolve } = engine.deferred<Reply>()
  const socket = network.bindUdp(0)
  const server = canonicalAddress(address)
  const timer = engine.schedule(timeoutUs, 'DNS timeout', () => finish('timeout'))
  const finish = (reply: Reply): void => {
    engine.cancel(timer)
    socket.close()
    resolve(reply)
  }
  const onMessage: typeof socket.onMessage = (data, from) => {
    if (from.address === server && from.port === port) finish(data)
  }
  const onError = (): void => finish('refused')
  socket.onMessage = onMessage
  socket.onError = onError
  socket.send(bytes, { address, port })
  return promise
}

async function overTcp(
  engine: Engine,
  network: NetworkNamespace,
  address: string,
  port: number,
  bytes: Uint8Array,
  timeoutUs: Microseconds,
): Promise<Reply> {
  try {
    const socket = await network.connectTcp({ address, port, timeoutUs })
    const { promise, resolve } = engine.deferred<Reply>()
    const timer = engine.schedule(timeoutUs, 'DNS timeout', () => resolve('timeout'))
    const reader = createMessageReader()
    socket.onData = (data) => {
      const [message] = reader.push(data)
      if (message !== undefined) resolve(message)
    }
    socket.onEnd = () => resolve('refused')
    socket.onError = () => resolve('refused')
    socket.write(frameMessage(bytes))
    const reply = await promise
    engine.cancel(timer)
    socket.destroy()
    return reply
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return error.code === 'ETIMEDOUT' ? 'timeout' : 'refused'
  }
}
