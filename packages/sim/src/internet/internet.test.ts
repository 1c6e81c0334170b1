// The declared internet as its resolver answers: which records for which question, and what cannot be declared.

import { queryFor, rcodeName, recordLine, typeNumber } from '@podwire/dns'
import { expect, test } from 'vitest'
import { explainQueries } from '../index.ts'
import { Internet } from './internet.ts'

function declared(): Internet {
  const internet = new Internet()
  internet.host('www.a.test', '192.0.2.1')
  internet.host('two.a.test', ['192.0.2.2', '2001:DB8::2'])
  internet.host('mail.test', { addresses: ['192.0.2.25'], ttl: 60, records: ['MX 10 mail.test.', 'TXT "v=spf1 -all"'] })
  internet.host('alias.test', { cname: 'www.a.test' })
  internet.host('far.test', { cname: 'nobody.test' })
  internet.host('round.test', { cname: 'round.test' })
  internet.host('broken.test', { fails: 'SERVFAIL' })
  internet.host('shut.test', { fails: 'REFUSED' })
  internet.host('mute.test', { fails: 'silent' })
  return internet
}

test.each([
  ['www.a.test.', 'A', 'NOERROR', ['www.a.test. 300 IN A 192.0.2.1']],
  ['WWW.a.Test.', 'A', 'NOERROR', ['WWW.a.Test. 300 IN A 192.0.2.1']],
  ['www.a.test.', 'AAAA', 'NOERROR', []],
  ['two.a.test.', 'AAAA', 'NOERROR', ['two.a.test. 300 IN AAAA 2001:db8::2']],
  ['mail.test.', 'MX', 'NOERROR', ['mail.test. 60 IN MX 10 mail.test.']],
  ['mail.test.', 'TXT', 'NOERROR', ['mail.test. 60 IN TXT "v=spf1 -all"']],
  ['alias.test.', 'A', 'NOERROR', ['alias.test. 300 IN CNAME www.a.test.', 'www.a.test. 300 IN A 192.0.2.1']],
  ['alias.test.', 'CNAME', 'NOERROR', ['alias.test. 300 IN CNAME www.a.test.']],
  ['far.test.', 'A', 'NXDOMAIN', ['far.test. 300 IN CNAME nobody.test.']],
  ['round.test.', 'A', 'SERVFAIL', []],
  ['1.2.0.192.in-addr.arpa.', 'PTR', 'NOERROR', ['1.2.0.192.in-addr.arpa. 300 IN PTR www.a.test.']],
  ['a.test.', 'A', 'NOERROR', []],
  ['.', 'NS', 'NOERROR', []],
  ['nobody.test.', 'A', 'NXDOMAIN', []],
  ['broken.test.', 'A', 'SERVFAIL', []],
  ['shut.test.', 'A', 'REFUSED', []],
  ['mute.test.', 'A', 'silence', []],
])('%s %s: %s', (name, type, rcode, answers) => {
  const reply = declared().answer(queryFor(1, { name, type: typeNumber(type) ?? 0, class: 1 }))
  expect(reply === undefined ? 'silence' : rcodeName(reply.rcode)).toBe(rcode)
  expect((reply?.answer ?? []).map((record) => recordLine(record).replaceAll('\t', ' '))).toEqual(answers)
})

test('a removed name does not exist, nor does its address', () => {
  const internet = declared()
  internet.remove('www.a.test')
  expect(internet.names).not.toContain('www.a.test.')
  expect(internet.answer(queryFor(1, { name: '1.2.0.192.in-addr.arpa.', type: 12, class: 1 }))?.rcode).toBe(3)
})

test.each([
  ['www..test', '192.0.2.1', 'it is no domain name'],
  ['www.test', 'somewhere', '"somewhere" is no address'],
  ['www.test', { records: ['MX mail.test'] }, '"MX mail.test" is no record'],
  ['www.test', { cname: 'a.test', addresses: ['192.0.2.1'] }, 'an alias has no other records'],
  ['www.test', { ttl: -1 }, 'ttl -1 is none'],
])('refused: %s', (name, answer, reason) => {
  expect(() => new Internet().host(name, answer)).toThrow(reason)
})

test('a lookup as text', () => {
  const asked = { name: 'out.default.svc.cluster.local.', server: '10.96.0.10', outcome: 'NOERROR' }
  const alias = `${asked.name}\t30\tIN\tCNAME\twww.a.test.`
  expect(
    explainQueries([
      { ...asked, type: 'A', answers: [alias, 'www.a.test.\t30\tIN\tA\t192.0.2.1'] },
      { ...asked, type: 'AAAA', answers: [] },
      { name: 'x.test.', type: 'A', server: '172.18.0.1', outcome: 'NXDOMAIN', answers: [], note: 'not declared' },
    ]),
  ).toBe(
    '  10.96.0.10  dns  out.default.svc.cluster.local. A: NOERROR CNAME www.a.test. (ttl 30), www.a.test. A 192.0.2.1 (ttl 30)\n' +
      '  10.96.0.10  dns  out.default.svc.cluster.local. AAAA: NODATA\n' +
      '  172.18.0.1  dns  x.test. A: NXDOMAIN (not declared)',
  )
  expect(explainQueries([])).toBe('  nothing was asked: an address, or a name of /etc/hosts')
})
