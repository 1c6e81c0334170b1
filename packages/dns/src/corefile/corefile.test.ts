// Corefiles: what parses to what, and the message for each thing that does not.

import { expect, test } from 'vitest'
import { CorefileError } from './corefile-error.ts'
import { KUBEADM_COREFILE } from './default-corefile.ts'
import { corefileHash } from './fingerprint.ts'
import { parseCorefile } from './parse.ts'
import { serverKeyOf, zonesOf } from './zones.ts'

test("kubeadm's Corefile has one block with its directives in order", () => {
  const [block, ...others] = parseCorefile(KUBEADM_COREFILE)
  expect(others).toEqual([])
  expect(block?.keys).toEqual(['.:53'])
  expect(block?.directives.map((directive) => directive.name)).toEqual(
    'errors health ready kubernetes prometheus forward cache loop reload loadbalance'.split(' '),
  )
  expect(block?.directives[3]?.body?.map((option) => [option.name, ...option.args].join(' '))).toEqual([
    'pods insecure',
    'fallthrough in-addr.arpa ip6.arpa',
    'ttl 30',
  ])
})

test('comments, quotes, several keys and snippets', () => {
  const text = `
(common) {
  errors # to the log
  log
}
example.org, example.net:1053 {
  import common
  hosts "/etc/my hosts" { # inline
    10.0.0.1 a.example.org
  }
}`
  const [block] = parseCorefile(text)
  expect(block?.keys).toEqual(['example.org', 'example.net:1053'])
  expect(block?.directives.map(({ name, args }) => [name, ...args])).toEqual([
    ['errors'],
    ['log'],
    ['hosts', '/etc/my hosts'],
  ])
  expect(block?.directives[2]?.body).toMatchObject([{ name: '10.0.0.1', args: ['a.example.org'] }])
})

test('files are imported, into a block and beside it', () => {
  const files = new Map([
    ['/etc/coredns/common.conf', 'errors\ncache 30'],
    ['/etc/coredns/more.server', 'example.org {\n import common.conf\n}'],
  ])
  const blocks = parseCorefile('. {\n import common.conf\n loop\n}\nimport more.server\n', (path) => files.get(path))
  expect(blocks.map(({ keys, directives }) => [...keys, ...directives.map(({ name }) => name)])).toEqual([
    ['.', 'errors', 'cache', 'loop'],
    ['example.org', 'errors', 'cache'],
  ])
})

test('the hash of a Corefile does not see blanks and comments', () => {
  expect(corefileHash('. {\n  errors\n}')).toBe(corefileHash('.   {\n errors # all\n}\n\n'))
  expect(corefileHash('. {\n  errors\n}')).not.toBe(corefileHash('. {\n  log\n}'))
})

test.each([
  {
    name: 'open block',
    text: '. {\n errors\n',
    message: '/etc/coredns/Corefile:2 - Error during parsing: Unexpected EOF',
  },
  {
    name: 'stray brace',
    text: '}\n',
    message: `/etc/coredns/Corefile:1 - Error during parsing: Syntax error: Unexpected token '}', expecting 'server address'`,
  },
  {
    name: 'import by pattern',
    text: '. {\n import extra/*.conf\n}',
    message: 'import of files by pattern (extra/*.conf) is not simulated by podwire',
  },
  {
    name: 'import of what is not there',
    text: '. {\n import extra.conf\n}',
    message: '/etc/coredns/Corefile:2 - Error during parsing: File to import not found: extra.conf',
  },
])('refused: $name', ({ text, message }) => {
  expect(() => parseCorefile(text)).toThrow(CorefileError)
  expect(() => parseCorefile(text)).toThrow(message)
})

test.each([
  ['cluster.local', ['cluster.local.']],
  ['Example.ORG.', ['example.org.']],
  ['.', ['.']],
  ['10.0.0.0/8', ['10.in-addr.arpa.']],
  ['10.96.0.0/14', ['96.10.in-addr.arpa.', '97.10.in-addr.arpa.', '98.10.in-addr.arpa.', '99.10.in-addr.arpa.']],
  ['10.0.0.0/25', Array.from({ length: 128 }, (_, i) => `${i}.0.0.10.in-addr.arpa.`)],
  ['fd00::/16', ['0.0.d.f.ip6.arpa.']],
  ['a..b', []],
])('zone %s', (text, zones) => {
  expect(zonesOf(text)).toEqual(zones)
})

test('server keys', () => {
  expect(serverKeyOf('.:53')).toEqual({ zones: ['.'], port: 53 })
  expect(serverKeyOf('dns://example.org:1053')).toEqual({ zones: ['example.org.'], port: 1053 })
  expect(serverKeyOf('.:99999')).toBeUndefined()
})
