// SCTP in the connection table: the states and time-outs of nf_conntrack_proto_sctp, what is INVALID, and `conntrack -L`.

import { Engine, SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import {
  Packet,
  SCTP_ABORT,
  SCTP_COOKIE_ACK,
  SCTP_COOKIE_ECHO,
  SCTP_DATA,
  SCTP_ERROR,
  SCTP_HEARTBEAT,
  SCTP_HEARTBEAT_ACK,
  SCTP_INIT,
  SCTP_INIT_ACK,
  SCTP_SHUTDOWN,
  SCTP_SHUTDOWN_ACK,
  SCTP_SHUTDOWN_COMPLETE,
} from '../dataplane/packet.ts'
import { conntrackList } from './print.ts'

const CHUNKS = {
  I: SCTP_INIT,
  Ia: SCTP_INIT_ACK,
  Ce: SCTP_COOKIE_ECHO,
  Ca: SCTP_COOKIE_ACK,
  D: SCTP_DATA,
  H: SCTP_HEARTBEAT,
  Ha: SCTP_HEARTBEAT_ACK,
  S: SCTP_SHUTDOWN,
  Sa: SCTP_SHUTDOWN_ACK,
  Sc: SCTP_SHUTDOWN_COMPLETE,
  A: SCTP_ABORT,
  E: SCTP_ERROR,
} as const

const OPEN = 'I Ia. Ce Ca.'

/** Sends chunks a second apart, the server's with a dot behind; what `conntrack -L` says of state and time left, and of the flags. */
function after(chunks: string): string {
  const engine = new Engine({ seed: 1 })
  const stack = { isLocal: () => false, interfaceAddress: () => undefined }
  const plane = new NodeDataPlane({ clock: engine.clock, random: engine.random, nodeName: 'node-1', stack })
  const client = { source: '10.0.0.1', sourcePort: 4000, destination: '10.0.0.2', destinationPort: 3868 }
  const server = { source: '10.0.0.2', sourcePort: 3868, destination: '10.0.0.1', destinationPort: 4000 }
  let invalid = ''
  chunks.split(' ').forEach((word, i) => {
    engine.virtualClock.moveTo(i * SECOND)
    const fromServer = word.endsWith('.')
    const kind = (fromServer ? word.slice(0, -1) : word) as keyof typeof CHUNKS
    const packet = new Packet({ protocol: 'sctp', ...(fromServer ? server : client), sctpChunk: CHUNKS[kind] })
    plane.prerouting(packet)
    plane.postrouting(packet)
    invalid = packet.connection === undefined ? 'INVALID ' : ''
  })
  const line = conntrackList(plane.conntrack, engine.clock.now())
  const [, time = '', state = ''] = /^sctp {5}132 (\d+) (\w+) /.exec(line) ?? []
  const flags = ['UNREPLIED', 'ASSURED'].filter((flag) => line.includes(`[${flag}]`)).join(' ')
  return `${invalid}${state} ${time} ${flags}`.trim()
}

test.each([
  ['an INIT', 'I', 'CLOSED 10 UNREPLIED'],
  ['one that is sent again renews nothing', 'I I I', 'CLOSED 8 UNREPLIED'],
  ['INIT-ACK', 'I Ia.', 'COOKIE_WAIT 3'],
  ['COOKIE-ECHO', 'I Ia. Ce', 'COOKIE_ECHOED 3'],
  ['COOKIE-ACK', OPEN, 'ESTABLISHED 210 ASSURED'],
  ['a stale cookie', 'I Ia. Ce E.', 'CLOSED 10'],
  ['refused', 'I A.', 'CLOSED 10'],
  ['data', `${OPEN} D D.`, 'ESTABLISHED 210 ASSURED'],
  ['heartbeats', `${OPEN} H Ha.`, 'ESTABLISHED 210 ASSURED'],
  ['the client ends', `${OPEN} S`, 'SHUTDOWN_SENT 3 ASSURED'],
  ['the server ends', `${OPEN} S.`, 'SHUTDOWN_RECD 3 ASSURED'],
  ['the other one agrees', `${OPEN} S Sa.`, 'SHUTDOWN_ACK_SENT 3 ASSURED'],
  ['and it is over', `${OPEN} S Sa. Sc`, 'CLOSED 10 ASSURED'],
  ['aborted', `${OPEN} D A.`, 'CLOSED 10 ASSURED'],
  ['a heartbeat out of the blue', 'H', 'HEARTBEAT_SENT 30 UNREPLIED'],
  ['a heartbeat that is answered', 'H Ha.', 'ESTABLISHED 210 ASSURED'],
  ['no answer but a heartbeat’s is one to a heartbeat', 'H Ia.', 'INVALID HEARTBEAT_SENT 29 UNREPLIED'],
  ['a SHUTDOWN-ACK out of the blue', 'Sa', 'SHUTDOWN_ACK_SENT 3 UNREPLIED'],
  ['a COOKIE-ECHO out of the blue', 'Ce', 'INVALID'],
  ['data out of the blue', 'D', 'INVALID'],
  ['an ABORT out of the blue', 'A', 'INVALID'],
  ['a COOKIE-ACK out of the blue', 'Ca', 'INVALID'],
  ['a SHUTDOWN-COMPLETE out of the blue', 'Sc', 'INVALID'],
])('%s (%s): %s', (_name, chunks, expected) => {
  expect(after(chunks)).toBe(expected)
})
