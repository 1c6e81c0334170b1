// Every record rule against answers of a real CoreDNS, and what the index does when objects change.

import { expect, test } from 'vitest'
import { rcodeName, rdataText, recordTypeName, typeNumber, type ResourceRecord } from '../wire/index.ts'
import { answerQuestion, type AnswerContext } from './answer.ts'
import { RecordIndex } from './record-index.ts'
import { recordedAnswers } from './recorded-answers.suite.ts'
import {
  namespace,
  RECORDED_LOCAL_ADDRESSES,
  recordedConfigurations,
  recordedIndex,
  recordedServices,
  recordedSlices,
  service,
  slice,
} from './recorded-cluster.suite.ts'
import { DEFAULT_ZONE_OPTIONS } from './zone-options.ts'

interface Seen {
  readonly rcode: string
  readonly answer: readonly string[]
  readonly additional: readonly string[]
  readonly authority: readonly string[]
}

function ask(context: AnswerContext, query: string): Seen {
  const [name = '', type = ''] = query.split(' ')
  const answer = answerQuestion(context, { name, type: typeNumber(type) ?? 0, class: 1 })
  if (answer.kind === 'pass' || (answer.kind === 'missing' && answer.fallThrough)) {
    return { rcode: 'passed on', answer: [], additional: [], authority: [] }
  }
  const { reply } = answer
  expect(reply.authoritative).toBe(true)
  return {
    rcode: rcodeName(reply.rcode ?? 0),
    answer: lines(reply.answer),
    additional: lines(reply.additional),
    authority: lines(reply.authority),
  }
}

function lines(records: readonly ResourceRecord[] = []): string[] {
  const text = (record: ResourceRecord): string =>
    `${record.name} ${record.ttl} ${recordTypeName(record)} ${rdataText(record)}`
  return records.map((record) => text(record).replace(/(hostmaster\.\S*) \d+/, '$1 SERIAL')).sort(byCodeUnit)
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const shared = recordedIndex()

test.each(recordedAnswers)('$config: $query is $rcode', ({ config, query, rcode, answer = [], additional = [] }) => {
  const options = recordedConfigurations[config]
  const seen = ask(
    { index: shared, options, localAddresses: () => RECORDED_LOCAL_ADDRESSES, synced: () => true },
    query,
  )
  expect({ ...seen, authority: [] }).toEqual({
    rcode,
    answer: [...answer].sort(byCodeUnit),
    additional: [...additional].sort(byCodeUnit),
    authority: [],
  })
  if (rcode === 'passed on' || answer.length > 0) expect(seen.authority).toEqual([])
  else
    expect(seen.authority.join()).toMatch(
      new RegExp(`SOA ns\\.dns\\.\\S+ hostmaster\\.\\S+ SERIAL 7200 1800 86400 ${options.ttl}$`),
    )
})

function contextOf(index: RecordIndex, change: Partial<AnswerContext> = {}): AnswerContext {
  return { index, options: DEFAULT_ZONE_OPTIONS, localAddresses: () => [], synced: () => true, ...change }
}

test('before the API was listed a missing name is SERVFAIL', () => {
  const context = contextOf(new RecordIndex(), { synced: () => false })
  expect(ask(context, 'web.default.svc.cluster.local. A').rcode).toBe('SERVFAIL')
  expect(ask(context, 'cluster.local. A').rcode).toBe('NOERROR')
})

test('only exposed namespaces are answered when namespaces are given', () => {
  const options = { ...DEFAULT_ZONE_OPTIONS, zones: ['cluster.local.', 'in-addr.arpa.'], namespaces: new Set(['ops']) }
  const context = contextOf(shared, { options })
  expect(ask(context, 'idle.ops.svc.cluster.local. A').answer).toEqual(['idle.ops.svc.cluster.local. 5 A 10.96.6.1'])
  expect(ask(context, 'cart.shop.svc.cluster.local. A').rcode).toBe('NXDOMAIN')
  expect(ask(context, '1.4.96.10.in-addr.arpa. PTR').rcode).toBe('NXDOMAIN')
})

test('an endpoint that comes and goes shows at once, by name and by address', () => {
  const index = new RecordIndex()
  const options = { ...DEFAULT_ZONE_OPTIONS, zones: ['cluster.local.', 'in-addr.arpa.'] }
  const context = contextOf(index, { options })
  index.putNamespace(namespace('default'))
  index.putService(service('default/db', ['None'], ['pg:5432']))
  expect(ask(context, 'db.default.svc.cluster.local. A').rcode).toBe('NXDOMAIN')
  index.putSlice(slice('default/db', ['10.244.1.2'], ['pg:5432']))
  expect(ask(context, 'db.default.svc.cluster.local. A').answer).toHaveLength(1)
  expect(ask(context, '2.1.244.10.in-addr.arpa. PTR').answer).toHaveLength(1)
  index.putSlice(slice('default/db', ['10.244.1.3'], ['pg:5432']))
  expect(ask(context, '2.1.244.10.in-addr.arpa. PTR').rcode).toBe('NXDOMAIN')
  expect(ask(context, '3.1.244.10.in-addr.arpa. PTR').answer).toHaveLength(1)
  index.removeSlice(slice('default/db', [], []))
  expect(ask(context, 'db.default.svc.cluster.local. A').rcode).toBe('NXDOMAIN')
  expect(ask(context, '3.1.244.10.in-addr.arpa. PTR').rcode).toBe('NXDOMAIN')
})

test('a Service that is deleted leaves neither name nor address', () => {
  const index = recordedIndex()
  for (const one of recordedServices) index.removeService(one)
  for (const one of recordedSlices) index.removeSlice(one)
  const context = contextOf(index, { options: recordedConfigurations.verified })
  for (const { query } of recordedAnswers.filter(
    ({ query }) => /svc\S* A$/.test(query) && query.split('.').length > 6,
  )) {
    expect(ask(context, query).answer).toEqual([])
  }
  expect(ask(context, '1.4.96.10.in-addr.arpa. PTR').rcode).toBe('NXDOMAIN')
})
