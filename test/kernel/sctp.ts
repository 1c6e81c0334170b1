// SCTP before the referee. Neither Node nor this kernel may have SCTP sockets, but connection tracking has the protocol: packets made
// here go out through raw sockets (perl's), through our rules, and `conntrack -L` is held against ours for the same packets.

import { Engine } from '@podwire/engine'
import { conntrackList, NodeDataPlane, Packet, type HookRules } from '@podwire/proxy'
import type { KernelNetwork } from './network.ts'
import { cross } from './prediction.ts'
import { ADDRESSES, deviceAddress, deviceTo, isNodeAddress, TARGET_PORTS } from './topology.ts'

const { distantPod: CLIENT, pods, clusterIP } = ADDRESSES.ipv4
const [SERVER] = pods
const [TARGET_PORT] = TARGET_PORTS
const SERVICE_PORT = 80

/** Types of chunks, by the letters of a conversation; `.` behind one: the server sends it. */
const CHUNKS: Readonly<Record<string, number>> = {
  I: 1,
  Ia: 2,
  Ce: 10,
  Ca: 11,
  D: 0,
  H: 4,
  Ha: 5,
  S: 7,
  Sa: 8,
  Sc: 14,
  A: 6,
  E: 9,
}

const OPEN = 'I Ia. Ce Ca.'
const CONVERSATIONS = [
  'I',
  'I I',
  'I Ia.',
  'I Ia. Ce',
  OPEN,
  'I Ia. Ce E.',
  'I A.',
  `${OPEN} D D.`,
  `${OPEN} H Ha.`,
  `${OPEN} S`,
  `${OPEN} S.`,
  `${OPEN} S Sa. Sc`,
  `${OPEN} S. Sa`,
  `${OPEN} D A.`,
  'H Ha.',
  'H Ia.',
  'Sa',
  ...['Ia', 'Ce', 'D', 'A', 'Ca', 'Sc', 'S', 'E'],
] as const

/** Whose packets carry which verification tag. */
const CLIENT_TAG = 0x1111
const SERVER_TAG = 0x2222

/** Why no packets can be made here; undefined: they can. */
export async function whyNoPackets(network: KernelNetwork): Promise<string | undefined> {
  try {
    await network.run(`perl -MSocket -e 'socket(my $s, AF_INET, SOCK_RAW, 132) or die "raw socket: $!"'`)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error)
  }
}

/** Each conversation with a client port of its own. */
const portOf = (conversation: string): number => 40_000 + CONVERSATIONS.findIndex((one) => one === conversation)

/**
 * What the kernel's table has after each conversation, without the seconds left. All are held at once, a packet of each in every round, and
 * end in the last one: some states last three seconds only.
 */
export async function kernelEntries(network: KernelNetwork): Promise<ReadonlyMap<string, string>> {
  await network.run('conntrack -F 2>/dev/null')
  const rounds = Math.max(...CONVERSATIONS.map((one) => wordsOf(one).length))
  for (let round = 0; round < rounds; round++) {
    const sent: Record<'client' | 'pod0', string[]> = { client: [], pod0: [] }
    for (const conversation of CONVERSATIONS) {
      const words = wordsOf(conversation)
      const word = words[round - (rounds - words.length)]
      if (word === undefined) continue
      const { fromServer, letters } = word
      const ports = fromServer ? [TARGET_PORT, portOf(conversation)] : [portOf(conversation), SERVICE_PORT]
      const tag = letters === 'I' ? 0 : fromServer ? CLIENT_TAG : SERVER_TAG
      sent[fromServer ? 'pod0' : 'client'].push(packetOf(ports, tag, chunkOf(letters)).toString('hex'))
    }
    await send(network, 'client', CLIENT, clusterIP(0), sent.client)
    await send(network, 'pod0', SERVER, CLIENT, sent.pod0)
  }
  const lines = (await network.run('conntrack -L -p sctp 2>/dev/null')).split('\n')
  return new Map(
    CONVERSATIONS.map((one) => [one, comparable(lines.find((line) => line.includes(` sport=${portOf(one)} `)) ?? '')]),
  )
}

async function send(
  network: KernelNetwork,
  place: 'client' | 'pod0',
  from: string,
  to: string,
  packets: readonly string[],
): Promise<void> {
  if (packets.length > 0) await network.runAt(place, `${SEND} ${from} ${to} ${packets.join(' ')}`)
}

const SEND = `perl -MSocket -e '
  my ($from, $to, @packets) = @ARGV;
  socket(my $s, AF_INET, SOCK_RAW, 132) or die "socket: $!";
  bind($s, pack_sockaddr_in(0, inet_aton($from))) or die "bind: $!";
  for (@packets) { send($s, pack("H*", $_), 0, pack_sockaddr_in(0, inet_aton($to))) or die "send: $!" }' --`

/** What ours has. */
export function ownEntries(hooks: HookRules): ReadonlyMap<string, string> {
  return new Map(CONVERSATIONS.map((conversation) => [conversation, ownEntry(hooks, conversation)]))
}

function ownEntry(hooks: HookRules, conversation: string): string {
  const { clock, random } = new Engine({ seed: 1 })
  const rules = { hooks: () => hooks, udpGeneration: 0, isStale: () => false }
  const stack = { isLocal: isNodeAddress, interfaceAddress: deviceAddress }
  const plane = new NodeDataPlane({ clock, random, nodeName: 'node-1', stack, rules: () => rules })
  for (const { fromServer, letters } of wordsOf(conversation)) {
    const sctpChunk = CHUNKS[letters] ?? 0
    const clientPort = portOf(conversation)
    const ends = fromServer
      ? { source: SERVER, sourcePort: TARGET_PORT, destination: CLIENT, destinationPort: clientPort }
      : { source: CLIENT, sourcePort: clientPort, destination: clusterIP(0), destinationPort: SERVICE_PORT }
    const packet = new Packet({ family: 'ipv4', protocol: 'sctp', ...ends, sctpChunk })
    cross(plane, packet, deviceTo(packet.source))
  }
  return comparable(conntrackList(plane.conntrack, clock.now()))
}

const comparable = (text: string): string => text.replace(/^(sctp +132) \d+ /, '$1 ').trim()

const wordsOf = (conversation: string): readonly { readonly fromServer: boolean; readonly letters: string }[] =>
  conversation.split(' ').map((word) => ({ fromServer: word.endsWith('.'), letters: word.replace('.', '') }))

function packetOf([from = 0, to = 0]: readonly number[], tag: number, chunk: Buffer): Buffer {
  const packet = Buffer.concat([Buffer.alloc(12), chunk])
  packet.writeUInt16BE(from, 0)
  packet.writeUInt16BE(to, 2)
  packet.writeUInt32BE(tag, 4)
  packet.writeUInt32LE(crc32c(packet), 8)
  return packet
}

/** Type, flags, length, then the least a chunk of its kind has. */
function chunkOf(letters: string): Buffer {
  const body = BODIES[letters] ?? ''
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from(body, 'hex')])
  chunk.writeUInt8(CHUNKS[letters] ?? 0, 0)
  // DATA: first and last fragment.
  chunk.writeUInt8(letters === 'D' ? 3 : 0, 1)
  chunk.writeUInt16BE(chunk.length, 2)
  return chunk
}

const INIT = '0000ffff0001000100000001'
const BODIES: Readonly<Record<string, string>> = {
  I: `00001111${INIT}`,
  // A cookie of four bytes.
  Ia: `00002222${INIT}00070008636f6f6b`,
  Ce: '636f6f6b',
  D: `000000010000000000000000${Buffer.from('data').toString('hex')}`,
  H: '0001000862656174',
  Ha: '0001000862656174',
  S: '00000001',
  // Stale cookie.
  E: '0003000800000000',
}

/** RFC 9260, appendix A: Castagnoli's polynomial, reflected. */
function crc32c(data: Buffer): number {
  let crc = 0xffffffff
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0x82f63b78 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
