// Hostile packets at the server's doors, and hostile replies from its upstream: nothing is thrown, what is answered is a DNS
// message to the question that was asked, never larger than the client takes. `PODWIRE_FUZZ_PACKETS=100000 npx vitest run
// packages/dns/src/fuzz` runs longer; fast-check prints the seed and the one packet that failed.

import dnsPacket from 'dns-packet'
import fc from 'fast-check'
import { endpointSlices, services } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { world, FROM } from '../plugins/plugin-world.suite.ts'
import type { DnsServer } from '../server/index.ts'
import { decodeMessage, readRequest, sizeLimit } from '../wire/index.ts'
import { hostilePacket, hugePacket } from './hostile-packets.suite.ts'

const ASKED = process.env['PODWIRE_FUZZ_PACKETS']
const PACKETS = Number(ASKED ?? 2000)
/** The same packets in every ordinary run, so that it says the same twice; a longer run draws new ones. */
const SEED = ASKED === undefined ? { seed: 20_260_101 } : {}

/** As many plugins as answer, so that a packet meets them all. */
const COREFILE = `. {
  errors
  log
  prometheus
  loadbalance
  cache 30 {
    prefetch 2
    serve_stale
  }
  rewrite edns0 local set 0xffee {client_ip}
  rewrite name suffix old.test example.org answer auto
  autopath @kubernetes
  template ANY ANY template.test {
    answer "{{ .Name }} 60 IN A 10.0.0.1"
  }
  hosts {
    10.9.9.9 hosts.test
    fallthrough
  }
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    pods verified
    fallthrough in-addr.arpa ip6.arpa
  }
  loop
  forward . 192.0.2.53
}
`

/** A headless Service with more pods than fit a datagram. */
function cluster(): readonly object[] {
  const addresses = Array.from({ length: 200 }, (_, i) => `10.244.3.${i + 1}`)
  return addresses.map((address) => ({ addresses: [address], conditions: { ready: true } }))
}

function hostileServer(upstreamReply: () => Uint8Array): DnsServer {
  const { client, driver, server } = world(COREFILE, {
    exchange: async (_address, _port, query) => {
      const reply = Uint8Array.from(upstreamReply())
      // With the id that was asked for, so that it is read as an answer.
      if (reply.length >= 3) reply.set([query[0] ?? 0, query[1] ?? 0, (reply[2] ?? 0) | 0x80])
      return reply
    },
  })
  client.create(services, {
    metadata: { name: 'many', namespace: 'shop' },
    spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  })
  client.create(endpointSlices, {
    metadata: { name: 'many-a', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'many' } },
    addressType: 'IPv4',
    endpoints: cluster() as { addresses: string[] }[],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  })
  void driver.settle()
  return server
}

/** What is wrong with a reply; undefined when nothing is. */
function complaint(packet: Uint8Array, reply: Uint8Array | undefined, protocol: 'udp' | 'tcp'): string | undefined {
  const read = readRequest(packet)
  if (reply === undefined) return undefined
  if (read.kind === 'ignore') return 'an answer to what is no question'
  const limit = read.kind === 'query' ? sizeLimit(read.message.edns, protocol) : 512
  if (reply.length > limit) return `${reply.length} bytes, and the client takes ${limit}`
  if (reply[0] !== packet[0] || reply[1] !== packet[1]) return 'the id of another question'
  if (((reply[2] ?? 0) & 0x80) === 0) return 'no response bit'
  try {
    dnsPacket.decode(Buffer.from(reply))
  } catch (error) {
    return `not a DNS message: ${String(error)}`
  }
  return undefined
}

async function check(packets: fc.Arbitrary<Uint8Array>, count: number): Promise<void> {
  let upstreamReply: Uint8Array = new Uint8Array()
  const server = hostileServer(() => upstreamReply)
  await fc.assert(
    fc.asyncProperty(
      packets,
      packets,
      fc.constantFrom('udp' as const, 'tcp' as const),
      async (packet, reply, protocol) => {
        upstreamReply = reply
        const answer = await (protocol === 'udp' ? server.handleUdp(packet, FROM) : server.handleTcp(packet, FROM))
        expect(complaint(packet, answer, protocol)).toBeUndefined()
        // The resolver's way of reading meets the same bytes.
        decodeMessage(packet)
      },
    ),
    { ...SEED, numRuns: count },
  )
}

test(`${PACKETS} hostile packets`, async () => check(hostilePacket, PACKETS), 3_600_000)

test(`${Math.ceil(PACKETS / 100)} huge ones`, async () => check(hugePacket, Math.ceil(PACKETS / 100)), 3_600_000)
