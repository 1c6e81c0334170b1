// What a DNS server publishes on the bus.

import { topic } from '@podwire/engine'
import type { DnsMessage, Question } from '../wire/index.ts'

export interface DnsAnswered {
  readonly server: string
  readonly client: string
  readonly protocol: 'udp' | 'tcp'
  readonly question: Question
  readonly reply: DnsMessage
}

/** A query got its reply. */
export const dnsAnswered = topic<DnsAnswered>('dns.answered', (digest, { server, client, question, reply }) => {
  digest.text(server)
  digest.text(client)
  digest.text(question.name)
  digest.number(question.type)
  digest.number(reply.rcode)
  digest.number(reply.answer.length)
})

export interface DnsReloaded {
  readonly server: string
  /** CoreDNS's message when the new Corefile was refused. */
  readonly error: string | undefined
}

/** A changed Corefile was taken or refused. */
export const dnsReloaded = topic<DnsReloaded>('dns.reloaded', (digest, { server, error }) => {
  digest.text(server)
  digest.text(error ?? '')
})
