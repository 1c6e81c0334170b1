import { AssertionError } from 'node:assert'
import { services, type Service } from '@podwire/apiserver'
import { describe, expect } from 'vitest'
import {
  assertEndpoints,
  assertLostNothing,
  assertReaches,
  assertReady,
  assertRefused,
  assertResolves,
} from '../assert/index.ts'
import { createCluster } from '../sdk/cluster.ts'
import { webManifests } from '../faults/fault-world.suite.ts'
import { clusterTest } from './index.ts'
import { seedOf } from './seed.ts'

const test = clusterTest({ nodes: 2, seed: 7, ingress: false })

const isWeb = ({ metadata }: Service): boolean => metadata.name === 'web'

/** A Service nobody is behind. */
const EMPTY = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'empty' },
  spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] },
}

/** What an assertion says when it fails. */
async function failure(assertion: () => unknown): Promise<string> {
  try {
    await assertion()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'it held'
}

describe('a cluster in a test', () => {
  test('a title in the place of options', () => {
    expect(() => clusterTest('a title' as unknown as object)).toThrow(
      'Say: const test = clusterTest({ nodes: 3 }), and',
    )
  })

  test('matchers hold', async ({ cluster }) => {
    await cluster.apply([...webManifests(), EMPTY])
    await cluster.settle()
    const [pod, other] = cluster.pods({ app: 'web' })
    const client = cluster.pod('client')
    const names = [pod?.name ?? '', other?.name ?? '']
    await expect(client).toReach('http://web/')
    await expect(client).toReach('http://web/', { status: 200, pod: names, body: 'nginx' })
    await expect(client).not.toReach('http://web/missing')
    await expect(client).toReach('http://web/missing', { status: 404 })
    await expect(client).toBeRefused('http://empty/')
    await expect(client).not.toBeRefused('http://web/')
    const { clusterIP } = cluster.client.list(services, { namespace: 'default' }).items.find(isWeb)?.spec ?? {}
    await expect(client).toResolveTo('web', clusterIP)
    await expect(client).toResolveTo('web.default.svc.cluster.local', [clusterIP ?? ''])
    await expect(client).not.toResolveTo('nothing')
    expect(cluster).toHaveEndpoints('web', 2)
    expect(cluster).toHaveEndpoints('default/web', names.toReversed())
    expect(cluster).not.toHaveEndpoints('nothing', 0)
    expect(pod).toBeReady()
    expect(cluster.node('node-1')).toBeReady()
    expect(await (await client.startLoad('http://web/', { requests: 5 })).finished()).toHaveLostNothing()
  })

  test("a failing one says why and how to repeat it (it's one line)", async ({ cluster, task }) => {
    await cluster.apply([...webManifests(), EMPTY])
    await cluster.settle()
    const [pod] = cluster.pods({ app: 'web' })
    const client = cluster.pod('client')
    const repeat = `\n\nRepeat it: PODWIRE_SEED=7 npx vitest run packages/sim/src/vitest/vitest.test.ts -t 'a cluster in a test( >)? a failing one says why and how to repeat it \\(it'\\''s one line\\) \\(seed 7\\)'`
    const lost = await failure(() => expect(client).toReach('http://empty/'))
    expect(lost).toMatch(
      /^pod default\/client does not reach http:\/\/empty\/: connection refused \(REJECT: .*\n\ntcp 10\.244\.\d\.\d+:\d+ → 10\.\d+\.\d+\.\d+:80: /,
    )
    expect(lost).toContain('node/node-1')
    expect(lost.endsWith(repeat)).toBe(true)
    expect(await failure(() => expect(client).toReach('http://web/', { pod: 'web-0' }))).toMatch(
      /^pod default\/client reaches http:\/\/web\/, but not web-0: it got 200 from default\/web-\S+\n\ntcp /,
    )
    await expect(client).toReach('http://web/', { body: /welcome to NGINX/i })
    expect(await failure(() => expect(client).toReach('http://web/', { body: /apache/ }))).toMatch(
      /^pod default\/client reaches http:\/\/web\/, but without \/apache\/ in the body \("<!DOCTYPE html>.*" …\): it got 200 from/,
    )
    expect(await failure(() => expect(client).toReach('http://web:81/'))).toMatch(
      /^pod default\/client does not reach http:\/\/web:81\/: timed out \(no route to [\d.]+:81 from external: no Service or pod of the cluster has this address and port\)\n/,
    )
    expect(await failure(() => expect(client).not.toReach('http://web/'))).toMatch(
      /^pod default\/client reaches http:\/\/web\/: 200 from default\/web-/,
    )
    expect(await failure(() => expect(client).toReach('http://wep/'))).toMatch(
      /^pod default\/client does not reach http:\/\/wep\/: could not resolve host wep\n\n {2}10\.96\.0\.10 {2}dns {2}.*wep\.default\.svc\.cluster\.local/,
    )
    expect(await failure(() => expect(client).toResolveTo('web', '10.0.0.1'))).toMatch(
      /^web resolves to 10\.\d+\.\d+\.\d+ in pod default\/client, not to 10\.0\.0\.1\n\n/,
    )
    using _ = cluster.faults.failReadiness(pod ?? '')
    await cluster.advance('10s')
    expect(await failure(() => expect(cluster).toHaveEndpoints('web', 2))).toMatch(
      /^Service default\/web has 1 ready endpoint, not 2\n\n(.*\n)*.*not ready: containers with unready status: \[web\]/,
    )
    expect(await failure(() => expect(pod).toBeReady())).toMatch(
      /^pod default\/web-\S+ is not ready\n\n(.*\n)*.*Ready=False: containers with unready status: \[web\]/,
    )
    // However deep in podwire a mistake is found, the line of the test is in its stack.
    const misuse: unknown = await expect(client)
      .toReach('ftp://web/')
      .catch((error: unknown) => error)
    expect((misuse as Error).stack).toContain('vitest.test.ts')
    await using other = await createCluster({ seed: 8, bare: true })
    expect(await failure(() => expect(other).toHaveEndpoints('kubernetes', 3))).toMatch(
      /has 1 ready endpoint, not 3\n\n(.*\n)*\nRepeat it: npx vitest run \S+ -t '.*' # its cluster has seed 8$/,
    )
    expect(task.name).toBe("a failing one says why and how to repeat it (it's one line) (seed 7)")
  })

  test('plain functions throw the same as an AssertionError', async ({ cluster }) => {
    await cluster.apply([...webManifests(), EMPTY])
    await cluster.settle()
    const client = cluster.pod('client')
    await assertReaches(client, 'http://web/', { status: 200 })
    await assertRefused(client, 'http://empty/')
    await assertResolves(client, 'web')
    assertEndpoints(cluster, 'web', 2)
    assertReady(cluster.node('node-2'))
    assertLostNothing(await (await client.startLoad('http://web/', { requests: 3 })).finished())
    await expect(assertReaches(client, 'http://empty/')).rejects.toBeInstanceOf(AssertionError)
    expect(await failure(() => assertReaches(client, 'http://empty/'))).toMatch(
      /^pod default\/client does not reach .*\n\n(.*\n)*\nRepeat it with seed 7\.$/,
    )
    const load = await client.startLoad('http://empty/', { requests: 2 })
    const report = await load.finished()
    expect(await failure(() => assertLostNothing(report))).toMatch(
      /^the load lost 2 of its 2 requests\n\n2 requests, 0 answered, 2 lost\n/,
    )
    expect(await failure(() => assertEndpoints(cluster, 'shop/web', ['a']))).toMatch(
      /^Service shop\/web has no endpoints: there is no such Service/,
    )
    expect(await failure(() => assertReady(cluster.pod('nobody')))).toContain('there is no such pod')
  })

  test.for([['first'], ['second']])('%s of many is named with its seed', ([which = ''], { task }) => {
    expect(task.name).toBe(`${which} of many is named with its seed (seed 7)`)
  })

  test.extend<{ three: number }>({ three: 3 }).skipIf(false)('so is one with more fixtures', ({ task, three }) => {
    expect([task.name, three]).toEqual(['so is one with more fixtures (seed 7)', 3])
  })

  test('PODWIRE_SEED goes before the options', () => {
    expect([seedOf(undefined, undefined), seedOf(3, undefined), seedOf(3, ''), seedOf(3, '9')]).toEqual([1, 3, 3, 9])
    expect(() => seedOf(3, 'x')).toThrow('Failed to read PODWIRE_SEED: "x" is no seed. Give a whole number.')
  })
})
