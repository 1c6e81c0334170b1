// `rewrite`, rule by rule: what goes on and what comes back.

import { expect, test } from 'vitest'
import { decodeMessage, encodeMessage, queryFor, rcodeName, TYPE, type Edns } from '../../wire/index.ts'
import { ask, FROM, said, world } from '../plugin-world.suite.ts'

const FORWARD = ' forward . 192.0.2.53\n}'

test.each([
  {
    name: 'exact: the reply goes back by itself, names below and targets too',
    rule: 'name old.test www.example.org',
    query: 'OLD.test.',
    expected: ['NOERROR', 'old.test. 20 IN A 192.0.2.80'],
  },
  {
    name: 'prefix ends at a dot, and the answer keeps its name without auto',
    rule: 'name prefix old.example www.example',
    query: 'old.example.org.',
    expected: ['NOERROR', 'www.example.org. 20 IN A 192.0.2.80'],
  },
  {
    name: 'suffix with auto',
    rule: 'name suffix new.test example.org answer auto',
    query: 'www.new.test.',
    expected: ['NOERROR', 'www.new.test. 20 IN A 192.0.2.80'],
  },
  {
    name: 'substring with auto',
    rule: 'name substring .wrong. .example. answer auto',
    query: 'www.wrong.org.',
    expected: ['NOERROR', 'www.wrong.org. 20 IN A 192.0.2.80'],
  },
  {
    name: 'regex with groups and a rule for the answer',
    rule: 'name regex (.*)[.]([a-z]+)[.]test {1}.example.{2} answer name (.*)[.]example[.](.*)[.] {1}.{2}.test',
    query: 'www.org.test.',
    expected: ['NOERROR', 'www.org.test. 20 IN A 192.0.2.80'],
  },
  {
    name: 'continue: the next rule sees the new name, and both go back in reverse',
    rule: 'continue name exact a.test b.test\n rewrite name exact b.test www.example.org',
    query: 'a.test.',
    expected: ['NOERROR', 'a.test. 20 IN A 192.0.2.80'],
  },
  {
    name: 'ttl of a range',
    rule: 'ttl regex ^www[.] -10',
    query: 'www.example.org.',
    expected: ['NOERROR', 'www.example.org. 10 IN A 192.0.2.80'],
  },
  {
    name: 'rcode of a reply that no plugin made',
    rule: 'rcode suffix broken.test SERVFAIL NXDOMAIN',
    query: 'broken.test.',
    expected: ['NXDOMAIN'],
  },
  {
    name: 'a name that is none any more',
    rule: `name exact long.test ${'x'.repeat(64)}.test`,
    query: 'long.test.',
    expected: ['SERVFAIL'],
  },
])('$name', async ({ rule, query, expected }) => {
  expect(said(await ask(world(`. {\n rewrite ${rule}\n${FORWARD}`).server, query))).toEqual(expected)
})

test('cname: an alias leads elsewhere, and what is there is looked up', async () => {
  const corefile = `. {
    rewrite cname suffix elsewhere.test. example.org.
    template IN A old.test {
      answer "{{ .Name }} 60 IN CNAME www.elsewhere.test."
      fallthrough
    }
${FORWARD}`
  expect(said(await ask(world(corefile).server, 'one.old.test.'))).toEqual([
    'NOERROR',
    'one.old.test. 60 IN CNAME www.example.org.',
    'www.example.org. 20 IN A 192.0.2.80',
  ])
})

const option = (code: number, ...data: readonly number[]): Edns => ({
  udpSize: 1232,
  version: 0,
  dnssecOk: false,
  options: [{ code, data: Uint8Array.from(data) }],
})

test.each([
  { name: 'local set', rule: 'local set 0xffee 0x6162', sent: '65518=6162', back: '65518=6162' },
  { name: 'local text', rule: 'local append 65001 abc', sent: '65001=616263', back: '65001=616263' },
  { name: 'local replace what is not there', rule: 'local replace 0xffee 0x61', sent: '', back: '' },
  { name: 'a variable', rule: 'local set 0xffee {client_ip}', sent: '65518=0af40009', back: '65518=0af40009' },
  { name: 'the type', rule: 'local set 0xffee {qtype}', sent: '65518=0001', back: '65518=0001' },
  { name: 'metadata has no value', rule: 'local set 0xffee {kubernetes/namespace}', sent: '', back: '' },
  { name: 'nsid', rule: 'nsid set', sent: '3=', back: '3=' },
  { name: 'subnet', rule: 'subnet set 22 56', sent: '8=000116000af400', back: '' },
  { name: 'revert', rule: 'local set 0xffee 0x61 revert', sent: '65518=61', back: '' },
])('edns0: $name', async ({ rule, sent, back }) => {
  const { server, sent: queries } = world(`. {\n rewrite edns0 ${rule}\n${FORWARD}`)
  const shown = (edns: Edns | undefined): string =>
    (edns?.options ?? []).map(({ code, data }) => `${code}=${Buffer.from(data).toString('hex')}`).join()
  const reply = await ask(server, 'www.example.org.')
  expect([shown(queries[0]?.edns), shown(reply.edns)]).toEqual([sent, back])
})

test('edns0: what the client sent is changed, removed, and given back', async () => {
  const replaced = world(`. {\n rewrite edns0 local replace 0xffee 0x62 revert\n${FORWARD}`)
  const reply = await ask(replaced.server, 'www.example.org.', 'A', 1, option(65_518, 97))
  expect(replaced.sent[0]?.edns?.options[0]?.data).toEqual(Uint8Array.from([98]))
  expect(reply.edns?.options[0]?.data).toEqual(Uint8Array.from([97]))
  const unset = world(`. {\n rewrite edns0 local unset 0xffee\n${FORWARD}`)
  await ask(unset.server, 'www.example.org.', 'A', 1, option(65_518, 97))
  expect(unset.sent[0]?.edns?.options).toEqual([])
})

test('rules that all say continue and change no reply leave the changed question in it, as the real plugin does', async () => {
  const { server } = world(`. {\n rewrite continue type AAAA A\n${FORWARD}`)
  const bytes = encodeMessage(queryFor(1, { name: 'www.example.org.', type: TYPE.AAAA, class: 1 }))
  const reply = decodeMessage((await server.handleUdp(bytes, FROM)) ?? bytes)
  expect([rcodeName(reply?.rcode ?? 0), reply?.question?.type]).toEqual(['NOERROR', TYPE.A])
})

test.each([
  ['name onlyone', 'too few arguments for a name rule'],
  ['name regex (a {1}', 'invalid regex matching pattern: (a'],
  ['name regex a.test {1}.test', 'uses more subexpressions than its corresponding matching regex pattern (a.test)'],
  [
    'name fuzzy a b',
    'name rule supports only exact, prefix, suffix, substring, and regex name matching, received: fuzzy',
  ],
  ['name exact a b answer auto answer name x y', 'auto name answer rule cannot be combined'],
  ['type A', 'type rules must have exactly two arguments'],
  ['type A NOPE', 'invalid type "NOPE"'],
  ['class IN XX', 'invalid class "XX"'],
  ['ttl a.test 9-3', "invalid TTL '9-3' for a ttl rule"],
  ['rcode a.test 3 77', "invalid replacement RCODE '77' for a rcode rule"],
  ['edns0 local shake 1 2', 'invalid action: "shake"'],
  ['edns0 local set 0xffee {nope}', 'unsupported variable name "{nope}"'],
  ['edns0 local set 0x1ffff 1', 'strconv.ParseUint: parsing "0x1ffff": value out of range'],
  ['edns0 subnet set 33 56', 'invalid IPv4 bit mask length 33'],
  ['cname odd a b', 'unknown cname rewrite type: odd'],
  ['answer name a b', 'response rewrites must begin with a name rule'],
  ['colour blue green', 'invalid rule type "colour"'],
])('refused: rewrite %s', (rule, message) => {
  expect(() => world(`. {\n rewrite ${rule}\n}`)).toThrow(
    `plugin/rewrite: ${message}`.replace('plugin/rewrite: uses', 'uses'),
  )
})
