// A door for UDP: each host client gets a socket of its own inside, so that answers find their way back; idle ones go after
// a minute, as conntrack would forget them.

import { createSocket } from 'node:dgram'
import { MINUTE, type Driver, type Engine, type ScheduledTask } from '@podwire/engine'
import type { UdpSocket } from '../fabric/network.ts'
import type { Door, DoorTarget } from './tcp-door.ts'

const IDLE_US = MINUTE

interface Peer {
  readonly socket: UdpSocket
  expiry: ScheduledTask
}

/** Rejects with the host's error when it cannot bind. */
export function openUdpDoor(
  engine: Engine,
  driver: Driver,
  listen: { address: string; port: number },
  target: DoorTarget,
): Promise<Door> {
  const host = createSocket('udp4')
  const peers = new Map<string, Peer>()
  const forget = (key: string): void => {
    peers.get(key)?.socket.close()
    peers.delete(key)
  }
  const expireLater = (key: string): ScheduledTask =>
    engine.schedule(IDLE_US, 'udp door: idle client', () => forget(key), 'background')
  host.on('message', (message, from) => {
    driver.enter(() => {
      const key = `${from.address}:${from.port}`
      let peer = peers.get(key)
      if (peer === undefined) {
        const socket = target.from.bindUdp(0)
        socket.onMessage = (data) => host.send(data, from.port, from.address)
        peers.set(key, (peer = { socket, expiry: expireLater(key) }))
      } else {
        engine.cancel(peer.expiry)
        peer.expiry = expireLater(key)
      }
      peer.socket.send(new Uint8Array(message), { address: target.address, port: target.port })
    })
  })
  return new Promise((resolve, reject) => {
    host.once('error', reject)
    host.bind({ address: listen.address, port: listen.port, exclusive: true }, () => {
      host.removeListener('error', reject)
      host.on('error', () => {})
      resolve({
        address: listen.address,
        port: host.address().port,
        close: () =>
          new Promise((closed) => {
            for (const key of [...peers.keys()]) forget(key)
            host.close(() => closed())
          }),
      })
    })
  })
}
