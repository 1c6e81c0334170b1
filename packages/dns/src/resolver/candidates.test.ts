// The candidate list as a table, and resolv.conf.

import { expect, test } from 'vitest'
import { candidatesOf } from './candidates.ts'
import { parseResolvConf } from './resolv-conf.ts'

const POD_SEARCH = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local']
const searched = (name: string): string[] => POD_SEARCH.map((domain) => `${name}.${domain}.`)

test.each([
  { name: 'short name', query: 'web', glibc: [...searched('web'), 'web.'], musl: [...searched('web'), 'web.'] },
  {
    name: 'service.namespace',
    query: 'web.ops',
    glibc: [...searched('web.ops'), 'web.ops.'],
    musl: [...searched('web.ops'), 'web.ops.'],
  },
  {
    name: 'a full cluster name without final dot has four dots, fewer than five',
    query: 'web.ops.svc.cluster.local',
    glibc: [...searched('web.ops.svc.cluster.local'), 'web.ops.svc.cluster.local.'],
    musl: [...searched('web.ops.svc.cluster.local'), 'web.ops.svc.cluster.local.'],
  },
  {
    name: 'final dot',
    query: 'web.ops.svc.cluster.local.',
    glibc: ['web.ops.svc.cluster.local.'],
    musl: ['web.ops.svc.cluster.local.'],
  },
  {
    name: 'enough dots: glibc still searches afterwards',
    query: 'a.b.c.d.e.f',
    glibc: ['a.b.c.d.e.f.', ...searched('a.b.c.d.e.f')],
    musl: ['a.b.c.d.e.f.'],
  },
  { name: 'single label with final dot', query: 'web.', glibc: ['web.'], musl: ['web.'] },
  { name: 'empty', query: '', glibc: [], musl: [] },
  { name: 'two final dots', query: 'web..', glibc: [], musl: [] },
  { name: 'overlong label', query: 'x'.repeat(64), glibc: [], musl: [] },
])('$name', ({ query, glibc, musl }) => {
  const rules = { search: POD_SEARCH, ndots: 5 }
  expect(candidatesOf(query, rules, 'glibc')).toEqual(glibc)
  expect(candidatesOf(query, rules, 'musl')).toEqual(musl)
})

test('without a search list a name is asked as it is; a root in the list counts once', () => {
  expect(candidatesOf('web', { search: [], ndots: 5 }, 'glibc')).toEqual(['web.'])
  expect(candidatesOf('web', { search: ['.', 'a.'], ndots: 1 }, 'glibc')).toEqual(['web.', 'web.a.'])
})

test.each([
  {
    name: "a pod's file",
    text: 'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
    expected: { nameservers: ['10.96.0.10'], search: POD_SEARCH, ndots: 5, timeoutS: 5, attempts: 2 },
  },
  { name: 'empty', text: '', expected: { nameservers: ['127.0.0.1'], search: [], ndots: 1, timeoutS: 5, attempts: 2 } },
  {
    name: 'limits, comments, three servers, the last search counts',
    text: [
      '# nameserver 9.9.9.9',
      ...['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4'].map((server) => `nameserver ${server}`),
      'search a.example',
      'domain b.example ignored',
      'options ndots:99 timeout:99 attempts:99 rotate use-vc edns0',
    ].join('\n'),
    expected: {
      ...{
        nameservers: ['1.1.1.1', '2.2.2.2', '3.3.3.3'],
        search: ['b.example'],
        ndots: 15,
        timeoutS: 30,
        attempts: 5,
      },
      ...{ rotate: true, tcpOnly: true, edns0: true },
    },
  },
])('resolv.conf: $name', ({ text, expected }) => {
  expect(parseResolvConf(text)).toMatchObject(expected)
})
