// A cluster name resolves to a ClusterIP that a Service has, or had a moment ago: CoreDNS answers from its cache for up to 30 seconds
// (the Corefile's `cache 30`), and hears of a deletion a little later than it happens.

import { services } from '@podwire/apiserver'
import { dnsAnswered } from '@podwire/dns'
import { SECOND, type Microseconds } from '@podwire/engine'
import type { Invariant } from './invariant.ts'

const STALE: Microseconds = 35 * SECOND
/** Names of Services; pods' and headless Services' names have more or other labels. */
const SERVICE = /^[a-z0-9-]+\.[a-z0-9-]+\.svc\./i

interface Answer {
  readonly name: string
  readonly address: string
  readonly timeUs: Microseconds
}

export const resolvedAddressesExist: Invariant = {
  name: 'resolved-addresses-exist',
  watch({ engine }, changes) {
    /** ClusterIPs by Service. */
    const addresses = new Map<string, readonly string[]>()
    const headless = new Set<string>()
    /** When an address was last seen with nobody. */
    const goneUs = new Map<string, Microseconds>()
    const live = new Set<string>()
    let answers: Answer[] = []
    const watching = engine.bus.subscribe(dnsAnswered, ({ timeUs, payload: { question, reply } }) => {
      if (!SERVICE.test(question.name)) return
      for (const record of reply.answer) {
        if (record.type === 'A' || record.type === 'AAAA')
          answers.push({ name: question.name, address: record.address, timeUs })
      }
    })
    changes.keep(watching)
    return () => {
      const now = engine.clock.now()
      for (const { key, object, last } of changes.of(services)) {
        for (const address of addresses.get(key) ?? []) {
          live.delete(address)
          goneUs.set(address, now)
        }
        const { clusterIP, clusterIPs = [], type } = (object ?? last).spec
        const name = `${last.metadata.name}.${last.metadata.namespace ?? ''}.`
        // A Service that was headless, or a name elsewhere, for a while answers with other addresses.
        if (clusterIP === 'None' || type === 'ExternalName') headless.add(name)
        const present = object === undefined || clusterIP === 'None' ? [] : clusterIPs
        addresses.set(key, present)
        for (const address of present) live.add(address)
      }
      const wrong = answers.filter(
        ({ name, address, timeUs }) =>
          !live.has(address) && !(timeUs - STALE <= (goneUs.get(address) ?? -Infinity)) && !isOf(headless, name),
      )
      answers = []
      return wrong.map(({ name, address }) => `${name} was resolved to ${address}, which no Service has`)
    }
  },
}

function isOf(names: ReadonlySet<string>, question: string): boolean {
  const [service = '', namespace = ''] = question.toLowerCase().split('.')
  return names.has(`${service}.${namespace}.`)
}
