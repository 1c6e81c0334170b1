// Address translation: what the nat table decided about a connection, applied to each of its packets, both ways.
// Source: net/netfilter/nf_nat_core.c. Destinations change in PREROUTING and OUTPUT, sources in POSTROUTING and INPUT; a reply
// is changed back at the opposite kind of place.

import type { Microseconds, Random } from '@podwire/engine'
import { wordOf } from '../addresses/ip.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { Connection } from './connection.ts'

/** DNAT: the connection's packets go to `address`:`port`. */
export function bindDestination(
  connection: Connection,
  address: string,
  port: number,
  word: number = wordOf(address),
): void {
  const { replySource, replySourceWord, replySourcePort } = connection
  if (replySourcePort === port && replySourceWord === word && replySource === address) return
  connection.answersFrom(address, word, port)
  connection.destinationNat = true
}

/**
 * SNAT to `address` with a port nobody uses yet.
 * @returns false when no port is free
 */
export function bindSource(
  connection: Connection,
  address: string,
  randomly: boolean,
  table: ConnectionTable,
  random: Random,
  nowUs: Microseconds,
): boolean {
  const { source, sourcePort, protocol } = connection
  const [low, high] = portRange(sourcePort)
  const kept = randomly ? random.integer(low, high) : sourcePort
  const word = wordOf(address)
  for (let i = 0; i <= high - low; i++) {
    const port = i === 0 ? kept : low + ((kept - low + i) % (high - low + 1))
    connection.answersTo(address, word, port)
    // An ICMP identifier is the same in both fields, so both turn into the new one.
    if (protocol === 'icmp') connection.replySourcePort = port
    if (table.answeredAs(connection, nowUs) !== undefined) continue
    connection.sourceNat = address !== source || port !== sourcePort
    return true
  }
  return false
}

/** Ports keep their class: privileged ones stay privileged. */
function portRange(port: number): readonly [number, number] {
  if (port < 512) return [1, 511]
  return port < 1024 ? [600, 1023] : [1024, 65_535]
}

export function translateDestination(packet: Packet, connection: Connection): void {
  if (packet.direction === 'original') {
    if (!connection.destinationNat) return
    packet.leadTo(connection.replySource, connection.replySourceWord, connection.replySourcePort)
  } else if (connection.sourceNat) {
    const { source, sourceWord, sourcePort } = connection
    packet.leadTo(source, sourceWord, sourcePort)
    if (packet.protocol === 'icmp') packet.sourcePort = sourcePort
  }
}

export function translateSource(packet: Packet, connection: Connection): void {
  if (packet.direction === 'original') {
    if (!connection.sourceNat) return
    packet.comeFrom(connection.replyDestination, connection.replyDestinationWord, connection.replyDestinationPort)
    if (packet.protocol === 'icmp') packet.destinationPort = connection.replyDestinationPort
  } else if (connection.destinationNat) {
    const { destination, destinationWord, destinationPort } = connection
    packet.comeFrom(destination, destinationWord, destinationPort)
  }
}
