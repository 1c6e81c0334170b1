// The plugins of one server block as a client sees them, each row one Corefile and one question.

import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { ask, said, upstream, world } from './plugin-world.suite.ts'

test.each([
  {
    name: 'template: an address out of the name',
    corefile: `. {\n template IN A ip.test {\n match "^ip-(?P<a>[0-9]+)-(?P<b>[0-9]+)[.]ip[.]test[.]$"\n answer "{{ .Name }} 60 IN A 10.0.{{ .Group.a }}.{{ .Group.b }}"\n }\n}`,
    query: 'ip-3-4.ip.test.',
    expected: ['NOERROR', 'ip-3-4.ip.test. 60 IN A 10.0.3.4'],
  },
  {
    name: 'template: an rcode for a whole zone',
    corefile:
      '. {\n template ANY ANY invalid {\n rcode NXDOMAIN\n authority "invalid. 60 IN SOA ns.invalid. me.invalid. 1 60 60 60 60"\n }\n}',
    query: 'x.invalid.',
    expected: ['NXDOMAIN'],
  },
  {
    name: 'template: what does not match falls through',
    corefile:
      '. {\n template IN A {\n match ^never$\n answer "{{ .Name }} A 10.0.0.1"\n fallthrough\n }\n forward . 192.0.2.53\n}',
    query: 'www.example.org.',
    expected: ['NOERROR', 'www.example.org. 20 IN A 192.0.2.80'],
  },
  {
    name: 'template: a CNAME is followed',
    corefile:
      '. {\n template IN A old.test {\n match "(.*)[.]old[.]test[.]"\n answer "{{ .Name }} 60 IN CNAME {{ index .Match 1 }}.example.org."\n }\n forward . 192.0.2.53\n}',
    query: 'www.old.test.',
    expected: ['NOERROR', 'www.old.test. 60 IN CNAME www.example.org.', 'www.example.org. 20 IN A 192.0.2.80'],
  },
  {
    name: 'template: text that is no record is SERVFAIL',
    corefile: '. {\n template IN A {\n answer "{{ .Name }} A nonsense"\n }\n}',
    query: 'www.example.org.',
    expected: ['SERVFAIL'],
  },
  {
    name: 'rewrite: ttl',
    corefile: '. {\n rewrite ttl suffix example.org 60-300\n forward . 192.0.2.53\n}',
    query: 'www.example.org.',
    expected: ['NOERROR', 'www.example.org. 60 IN A 192.0.2.80'],
  },
  {
    name: 'rewrite: rcode',
    corefile: '. {\n rewrite rcode exact nowhere.test NXDOMAIN NOERROR\n forward . 192.0.2.53\n}',
    query: 'nowhere.test.',
    expected: ['NOERROR'],
  },
  {
    name: 'rewrite: names in the answer by a rule of their own',
    corefile:
      '. {\n rewrite stop {\n name regex (.*)[.]new[.]test {1}.example.org\n answer name (.*)[.]example[.]org {1}.new.test\n }\n forward . 192.0.2.53\n}',
    query: 'www.new.test.',
    expected: ['NOERROR', 'www.new.test. 20 IN A 192.0.2.80'],
  },
  {
    name: 'rewrite: class',
    corefile: '. {\n rewrite class CH IN\n forward . 192.0.2.53\n}',
    query: 'www.example.org.',
    class: 3,
    expected: ['NOERROR', 'www.example.org. 20 IN A 192.0.2.80'],
  },
  {
    name: 'autopath: the search list of the asking pod',
    corefile:
      '. {\n autopath @kubernetes\n kubernetes cluster.local {\n pods verified\n }\n forward . /etc/resolv.conf\n}',
    query: 'www.example.org.shop.svc.cluster.local.',
    expected: [
      'NOERROR',
      'www.example.org.shop.svc.cluster.local. 20 IN CNAME www.example.org.corp.test.',
      'www.example.org.corp.test. 20 IN A 192.0.2.80',
    ],
  },
  {
    name: 'autopath: a name of the cluster is found at once',
    corefile:
      '. {\n autopath @kubernetes\n kubernetes cluster.local {\n pods verified\n }\n forward . /etc/resolv.conf\n}',
    query: 'web.shop.svc.cluster.local.',
    expected: ['NOERROR', 'web.shop.svc.cluster.local. 5 IN A 10.96.4.1'],
  },
  {
    name: 'autopath: without verified pods there is no search list',
    corefile: '. {\n autopath @kubernetes\n kubernetes cluster.local\n forward . /etc/resolv.conf\n}',
    query: 'www.example.org.shop.svc.cluster.local.',
    expected: ['NXDOMAIN'],
  },
  {
    name: 'forward: next servers after an rcode',
    corefile: '. {\n forward test 192.0.2.53 {\n next NXDOMAIN\n }\n forward . 192.0.2.54\n}',
    query: 'nowhere.test.',
    expected: ['NXDOMAIN'],
  },
  {
    name: 'forward: but not these',
    corefile: '. {\n forward . 192.0.2.53 {\n except example.org\n }\n}',
    query: 'www.example.org.',
    expected: ['SERVFAIL'],
  },
])('$name', async ({ corefile, query, class: klass, expected }) => {
  expect(said(await ask(world(corefile).server, query, 'A', klass))).toEqual(expected)
})

test('cache: prefetch asks again before a popular name ends', async () => {
  const { asked, driver, server } = world('. {\n cache {\n prefetch 2 1m 50%\n }\n forward . 192.0.2.53\n}')
  for (const at of [0, 5, 5, 2]) {
    await driver.advance(at * SECOND)
    await ask(server, 'www.example.org.')
  }
  // Stored at 0 for 20 s; at 10 s half is left and it was asked for often enough.
  expect(asked).toHaveLength(2)
  await driver.advance(12 * SECOND)
  expect(said(await ask(server, 'www.example.org.'))).toEqual(['NOERROR', 'www.example.org. 6 IN A 192.0.2.80'])
})

test.each([
  { mode: 'immediate', answers: [['NOERROR', 'www.example.org. 0 IN A 192.0.2.80']] },
  { mode: 'verify', answers: [['NOERROR', 'www.example.org. 0 IN A 192.0.2.80']] },
])('cache: serve_stale $mode when the upstream is gone', async ({ mode, answers }) => {
  let gone = false
  const { driver, server } = world(`. {\n cache {\n serve_stale 1h ${mode}\n }\n forward . 192.0.2.53\n}`, {
    upstream: (query) => (gone ? undefined : upstream(query)),
  })
  await ask(server, 'www.example.org.')
  gone = true
  await driver.advance(60 * SECOND)
  expect([said(await ask(server, 'www.example.org.'))]).toEqual(answers)
  await driver.advance(3600 * SECOND)
  expect(said(await ask(server, 'www.example.org.'))).toEqual(['SERVFAIL'])
})

test('hosts: a changed file is seen five seconds later', async () => {
  const { driver, files, server } = world('. {\n hosts /etc/more\n}')
  expect(said(await ask(server, 'a.test.'))).toEqual(['SERVFAIL'])
  files.set('/etc/more', '10.1.1.1 a.test\n')
  await driver.advance(6 * SECOND)
  expect(said(await ask(server, 'a.test.'))).toEqual(['NOERROR', 'a.test. 3600 IN A 10.1.1.1'])
})

test.each([
  {
    name: 'common',
    args: '',
    line: /^\[INFO\] 10\.244\.0\.9:40000 - 7 "A IN www\.example\.org\. udp 33 false 512" NOERROR qr,rd \d+ 0s$/,
  },
  { name: 'own format', args: ' . "{name} {type} is {rcode}"', line: /^\[INFO\] www\.example\.org\. A is NOERROR$/ },
  { name: 'combined', args: ' . {combined}', line: / 0s "0"$/ },
  { name: 'only denials', args: ' {\n class denial\n }', line: undefined },
  { name: 'another zone', args: ' example.net', line: undefined },
])('log: $name', async ({ args, line }) => {
  const { logged, server } = world(`. {\n log${args}\n forward . 192.0.2.53\n}`)
  const before = logged.length
  await ask(server, 'www.example.org.')
  const after = logged.slice(before)
  if (line === undefined) expect(after).toEqual([])
  else expect(after).toEqual([expect.stringMatching(line)])
})

test.each([
  ['. {\n forward . 1.2.3.4.5\n}', 'plugin/forward: not an IP address or file: "1.2.3.4.5"'],
  ['. {\n forward . tls://9.9.9.9\n}', 'forwarding to tls://9.9.9.9 is not simulated by podwire'],
  [
    '. {\n forward . 9.9.9.9 {\n policy best\n }\n}',
    "plugin/forward: /etc/coredns/Corefile:3 - Error during parsing: unknown policy 'best'",
  ],
  ['. {\n cache {\n prefetch 2 1m 5%\n }\n}', 'plugin/cache: percentage should fall in range [10, 90]: 5'],
  ['. {\n template IN A {\n answer "{{ block }}"\n }\n}', '{{block}} in a template is not simulated by podwire'],
  [
    '. {\n template IN A {\n answer "{{ shout .Name }}"\n }\n}',
    'could not compile template: {{ shout .Name }}, template: answer:1: function "shout" not defined',
  ],
  ['. {\n template XX A\n}', 'plugin/template: /etc/coredns/Corefile:2 - Error during parsing: invalid query class XX'],
  ['. {\n log {\n class most\n }\n}', 'plugin/log: invalid Class: most'],
  [
    '. {\n kubernetes cluster.local {\n kubeconfig /x\n }\n}',
    'option kubeconfig of plugin kubernetes is not simulated',
  ],
])('refused: %s', (corefile, message) => {
  expect(() => world(corefile)).toThrow(message)
})

test('metrics: histograms, build, plugins, entries', async () => {
  const { server } = world('. {\n prometheus\n cache\n forward . 192.0.2.53\n}')
  await ask(server, 'www.example.org.')
  const page = server.handleHttp(9153, '/metrics').body
  for (const line of [
    'coredns_build_info{goversion="",revision="",version="1.14.1"} 1',
    'coredns_panics_total 0',
    'coredns_cache_entries{server="dns://:53",zones=".",view="",type="success"} 1',
    'coredns_dns_request_size_bytes_bucket{proto="udp",server="dns://:53",zone=".",view="",le="100"} 1',
    'coredns_dns_request_duration_seconds_bucket{server="dns://:53",zone=".",view="",le="+Inf"} 1',
    'coredns_plugin_enabled{name="forward",server="dns://:53",view="",zone="."} 1',
    'coredns_proxy_request_duration_seconds_count{proxy_name="forward",to="192.0.2.53:53",rcode="NOERROR"} 1',
  ]) {
    expect(page).toContain(`${line}\n`)
  }
})
