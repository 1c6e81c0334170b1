// `loadbalance` weighted and prefer, `errors` consolidated, `forward` with several servers: what one Corefile and one question
// do not show.

import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { replyTo, type DnsMessage } from '../../wire/index.ts'
import { ask, said, world } from '../plugin-world.suite.ts'

const HOSTS = ' hosts {\n 10.0.0.1 many.test\n 10.0.0.2 many.test\n 10.1.0.3 many.test\n }\n}'

async function firsts(corefile: string, weights: string, count: number): Promise<Map<string, number>> {
  const { files, server } = world(corefile, { readFile: (path) => (path === '/w' ? weights : undefined) })
  expect(files.size).toBe(1)
  const seen = new Map<string, number>()
  for (let i = 0; i < count; i++) {
    const first =
      said(await ask(server, 'many.test.'))[1]
        ?.split(' ')
        .at(-1) ?? ''
    seen.set(first, (seen.get(first) ?? 0) + 1)
  }
  return seen
}

test('weighted: how often an address is first follows its weight', async () => {
  const seen = await firsts(`. {\n loadbalance weighted /w\n${HOSTS}`, 'many.test\n10.0.0.1 200\n10.0.0.2 50\n', 500)
  const [one = 0, two = 0, three = 0] = ['10.0.0.1', '10.0.0.2', '10.1.0.3'].map((address) => seen.get(address))
  // 200 : 50 : 1 of 251.
  expect(one).toBeGreaterThan(two)
  expect(one / 500).toBeCloseTo(200 / 251, 1)
  expect(three).toBeLessThan(15)
})

test('prefer: addresses of a subnet come first', async () => {
  const seen = await firsts(`. {\n loadbalance round_robin {\n prefer 10.1.0.0/16\n }\n${HOSTS}`, '', 50)
  expect([...seen]).toEqual([['10.1.0.3', 50]])
})

test('weighted: the file is read again, and what is wrong in it is said', async () => {
  let weights: string | undefined
  const corefile = `. {\n loadbalance weighted /w {\n reload 10s\n }\n${HOSTS}`
  const { driver, logged, server } = world(corefile, { readFile: (path) => (path === '/w' ? weights : undefined) })
  const about = (): string | undefined => logged.findLast((line) => line.includes('plugin/loadbalance'))
  expect(about()).toContain('Failed to open weight file:weight file open error. Will try again in 10s')
  weights = 'many.test\n10.0.0.1 0\n'
  await driver.advance(11 * SECOND)
  await ask(server, 'many.test.')
  expect(about()).toBe('[ERROR] plugin/loadbalance: wrong weight value:"0" in weight file /w')
  weights = 'many.test\n10.0.0.1 9\n'
  await driver.advance(11 * SECOND)
  await ask(server, 'many.test.')
  expect(about()).toBe('[INFO] plugin/loadbalance: Successfully reloaded weight file /w')
})

test.each([
  ['loadbalance best', 'plugin/loadbalance: unknown policy: best'],
  ['loadbalance weighted', 'Error during parsing: missing weight file argument'],
  ['loadbalance round_robin x', 'Error during parsing: unknown property for round_robin'],
  ['loadbalance {\n prefer 10.0.0.0\n }', 'invalid CIDR "10.0.0.0"'],
  ['errors {\n consolidate soon x\n }', 'time: invalid duration "soon"'],
  ['errors {\n consolidate 5m "(?=x)" error\n }', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
  ['errors {\n consolidate 5m x loud\n }', 'unknown option in consolidate: loud'],
  ['errors {\n nonsense\n }', 'Unknown field nonsense'],
])('refused: %s', (directive, message) => {
  expect(() => world(`. {\n ${directive}\n}`)).toThrow(message)
})

test('errors: those alike are counted, and said once the period is over', async () => {
  const corefile =
    '. {\n errors {\n stacktrace\n consolidate 5m "i/o timeout$" warning show_first\n }\n forward . 192.0.2.53\n}'
  const { driver, logged, server } = world(corefile, { upstream: () => undefined })
  const said = (): readonly string[] => logged.filter((line) => line.includes('plugin/errors'))
  for (let i = 0; i < 4; i++) await ask(server, `X${i}.example.org.`)
  expect(said()).toEqual(['[WARNING] plugin/errors: 2 x0.example.org. A: read udp ->192.0.2.53:53: i/o timeout'])
  await driver.advance(300 * SECOND)
  expect(said().at(-1)).toBe("[WARNING] plugin/errors: 4 errors like 'i/o timeout$' occurred in last 5m0s")
})

/** Answers by the server that is asked: the first is broken. */
function failing(query: DnsMessage): DnsMessage {
  return replyTo(query, { rcode: 2 })
}

test('forward: failover asks the next server, and gives the last answer when all fail alike', async () => {
  const corefile = '. {\n forward . 192.0.2.1 192.0.2.2 192.0.2.3 {\n policy sequential\n failover SERVFAIL\n }\n}'
  const { asked, server } = world(corefile)
  expect(said(await ask(server, 'broken.test.'))).toEqual(['SERVFAIL'])
  expect(asked).toHaveLength(3)
  const once = world('. {\n forward . 192.0.2.1 192.0.2.2\n}', { upstream: failing })
  expect(said(await ask(once.server, 'broken.test.'))).toEqual(['SERVFAIL'])
})

test('forward: silence is tried twice a server, or as often as max_connect_attempts says', async () => {
  for (const [option, tries] of [
    ['', 4],
    ['max_connect_attempts 3', 3],
  ] as const) {
    let asked = 0
    const corefile = `. {\n forward . 192.0.2.1 192.0.2.2 {\n max_fails 0\n ${option}\n }\n}`
    const { server } = world(corefile, { upstream: () => void asked++ })
    await ask(server, 'a.test.')
    expect(asked).toBe(tries)
  }
})
