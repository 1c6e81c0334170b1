// Each invariant finds the state it speaks of, and nothing in a sound cluster.

import { objectChanged, pods } from '@podwire/apiserver'
import { dnsAnswered } from '@podwire/dns'
import { danglingJumps, parseIptablesSave } from '@podwire/proxy'
import { afterAll, describe, expect, test } from 'vitest'
import { createCluster, defineInvariant, InvariantsBroken } from '@podwire/sim'
import { named, pod, pretending, service, slice, stored, texts } from './broken-world.suite.ts'
import { checkInvariants, invariants } from './index.ts'
import { InvariantWatch } from './invariant-watch.ts'

const owned = {
  metadata: {
    name: 'orphan',
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'gone', uid: 'u-1' }],
  },
}
describe('what does not hold is said', () => {
  test.each<readonly [invariant: string, objects: readonly object[], expected: readonly string[]]>([
    [
      'unique-addresses',
      [pod('a', '10.244.0.9'), pod('b', '10.244.0.9')],
      ['10.244.0.9 is claimed by //pods/default/a and //pods/default/b'],
    ],
    ['unique-addresses', [pod('a', '10.244.0.9', { hostNetwork: true }), pod('b', '10.244.0.9')], []],
    [
      'host-ports-are-free',
      ['a', 'b', 'c'].map((name, i) =>
        pod(name, `10.244.0.${i + 4}`, {
          nodeName: name === 'c' ? 'node-2' : 'node-1',
          containers: [{ name: 'main', image: 'nginx', ports: [{ containerPort: 80, hostPort: 8080 }] }],
        }),
      ),
      ['port 8080/TCP of 0.0.0.0 on node-1 is used by //pods/default/a and //pods/default/b'],
    ],
    [
      'owners-exist',
      [{ apiVersion: 'v1', kind: 'ConfigMap', ...owned }],
      ['//configmaps/default/orphan is owned by nobody that exists'],
    ],
    ['slices-match-pods', [service, pod('a', '10.244.0.9'), slice('10.244.0.9', true)], []],
    [
      'slices-match-pods',
      [service, pod('a', '10.244.0.9'), slice('10.244.0.8', true)],
      ['Service default/web: no slice has its pod 10.244.0.9'],
    ],
    [
      'slices-match-pods',
      [service, pod('a', '10.244.0.9'), slice('10.244.0.9', false)],
      ['Service default/web: its pod 10.244.0.9 is ready, and its slices say otherwise'],
    ],
    [
      'slices-match-pods',
      [service, slice('10.244.0.9', true)],
      ['Service default/web: a slice has 10.244.0.9, which is no pod of its'],
    ],
  ])('%s: %j', async (invariant, objects, expected) => {
    await using cluster = await stored(objects)
    expect(texts(pretending(cluster, {}), invariant)).toEqual(expected)
  })

  test('pods-have-nodes: after the time in which they would be collected', async () => {
    await using cluster = await stored([pod('a', '10.244.0.9', { nodeName: 'node-7' })])
    const watch = new InvariantWatch(pretending(cluster, {}), named('pods-have-nodes'))
    expect(watch.violations()).toEqual([])
    await cluster.advance('3m')
    expect(watch.violations()).toEqual([
      { invariant: 'pods-have-nodes', text: '//pods/default/a is on node-7, which does not exist' },
    ])
    cluster.pod('a').delete({ gracePeriodSeconds: 0 })
    expect(watch.violations()).toEqual([])
  })

  test('only what has changed is looked at, and what was wrong is looked at until it is right', async () => {
    await using cluster = await stored([service, pod('a', '10.244.0.9'), slice('10.244.0.8', true)])
    const watch = new InvariantWatch(pretending(cluster, {}), [
      ...named('slices-match-pods'),
      ...named('unique-addresses'),
    ])
    expect(watch.violations()).toHaveLength(1)
    expect(watch.violations()).toHaveLength(1)
    await cluster.apply([slice('10.244.0.9', true)] as never)
    expect(watch.violations()).toEqual([])
  })

  test('resource-version-grows', async () => {
    await using cluster = await stored([])
    const { engine } = cluster
    const watch = new InvariantWatch(cluster, named('resource-version-grows'))
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', uid: 'u', creationTimestamp: '', resourceVersion: '7' },
    }
    for (const revision of [9, 7])
      engine.bus.publish(objectChanged, {
        revision,
        type: 'MODIFIED',
        key: '//pods/default/a',
        object,
        previous: object,
      })
    expect(watch.violations().map(({ text }) => text)).toEqual([
      '//pods/default/a of revision 9 says 7',
      '//pods/default/a was written with revision 7 after 9',
    ])
  })
})

const SMALL = { nodes: 1, ingress: false } as const
const sound = await createCluster({ ...SMALL, invariants: true })
afterAll(() => sound.stop())

describe('in a cluster that runs', () => {
  test('all of them hold at rest, and each has a name of its own', () => {
    expect(checkInvariants(sound, invariants)).toEqual([])
    expect(new Set(invariants.map(({ name }) => name)).size).toBe(invariants.length)
  })

  test('proxy-follows-slices', () => {
    const audit = (endpoints: ReadonlyMap<string, readonly string[]>): object => ({
      proxy: { audit: () => ({ readyEndpoints: () => endpoints }) },
    })
    const found = texts(pretending(sound, audit(new Map([['ipv4 dns/udp', ['10.9.9.9:53']]]))), 'proxy-follows-slices')
    expect(found).toContainEqual(
      expect.stringMatching(
        /^Service kube-system\/kube-dns: the rules of port ipv4 dns\/udp lack 10\.244\.0\.\d+:53, which is ready$/,
      ),
    )
    expect(texts(sound, 'proxy-follows-slices')).toEqual([])
  })

  test('rules-lead-somewhere', () => {
    const jump = (target: string): string =>
      ['*nat', ':PREROUTING ACCEPT [0:0]', ':KUBE-SERVICES - [0:0]', `-A PREROUTING -j ${target}`, 'COMMIT', ''].join(
        '\n',
      )
    const tables = parseIptablesSave(jump('KUBE-SERVICES'))
    expect(danglingJumps(tables)).toEqual([])
    const without: typeof tables = {
      chainNames: (table) => tables.chainNames(table),
      chain: (table, name) => (name === 'KUBE-SERVICES' ? undefined : tables.chain(table, name)),
    }
    expect(danglingJumps(without)).toEqual(['nat: PREROUTING jumps to KUBE-SERVICES'])
    const lost = {
      proxy: { audit: () => ({ danglingJumps: () => ['nat: KUBE-SERVICES jumps to KUBE-SVC-GONE'] }) },
      nodes: { names: ['node-1'] },
    }
    expect(texts(pretending(sound, lost), 'rules-lead-somewhere')).toEqual([
      'node-1, table nat: KUBE-SERVICES jumps to KUBE-SVC-GONE, which is not there',
    ])
  })

  test('resolved-addresses-exist', async () => {
    await using cluster = await createCluster(SMALL)
    const watch = new InvariantWatch(cluster, named('resolved-addresses-exist'))
    const answer = (name: string, address: string): void => {
      const question = { name, type: 1, class: 1 }
      const reply = { rcode: 0, answer: [{ type: 'A', name, ttl: 5, address }] }
      cluster.engine.bus.publish(dnsAnswered, { server: 's', client: 'c', protocol: 'udp', question, reply } as never)
    }
    answer('kube-dns.kube-system.svc.cluster.local.', '10.96.0.10')
    answer('web.default.svc.cluster.local.', '10.96.0.99')
    answer('www.example.org.', '203.0.113.7')
    expect(watch.violations().map(({ text }) => text)).toEqual([
      'web.default.svc.cluster.local. was resolved to 10.96.0.99, which no Service has',
    ])
  })

  test('translations-are-known', async () => {
    const url = 'http://10.96.0.10:9153/metrics'
    await sound
      .node('node-1')
      .fetch(url, { timeoutMs: 1000 })
      .catch(() => undefined)
    expect(texts(sound, 'translations-are-known')).toEqual([])
    const tuple = (source: string, destination: string): object => ({
      source,
      sourcePort: 1,
      destination,
      destinationPort: 80,
    })
    const entry = {
      protocol: 'tcp',
      original: tuple('10.244.0.2', '10.96.0.1'),
      reply: tuple('10.244.9.9', '10.244.0.2'),
      destinationNat: true,
      expiresAtUs: Infinity,
      gone: false,
    }
    const conntrack = { begunSince: () => [entry], find: () => undefined }
    const proxy = { nodeDataPlane: () => ({ conntrack }), modeOf: () => 'iptables' }
    expect(texts(pretending(sound, { proxy }), 'translations-are-known')).toEqual([
      'node-1: tcp 10.244.0.2:1 → 10.96.0.1:80 (10.244.9.9:1) is not found by its own tuple',
      'node-1: tcp 10.244.0.2:1 → 10.96.0.1:80 (10.244.9.9:1) is not found by its own tuple',
      'node-1: tcp 10.244.0.2:1 → 10.96.0.1:80 (10.244.9.9:1) was translated to an address that no pod, node or EndpointSlice ever had',
    ])
  })

  test('one of the user’s own ends the step, with what is needed to see it again', async () => {
    const mine = defineInvariant('no-web', ({ client }) => {
      const { items } = client.list(pods, { namespace: 'default' })
      return items.map(({ metadata }) => `there is ${metadata.name}`)
    })
    await using cluster = await createCluster({ ...SMALL, seed: 8, invariants: [...invariants, mine] })
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web' },
      spec: { containers: [{ name: 'main', image: 'nginx' }] },
    })
    const error: unknown = await cluster.settle().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InvariantsBroken)
    expect(String(error)).toMatch(
      /^InvariantsBroken: Failed to leave the cluster at rest: the invariant no-web does not hold: there is web\. It was seed 8 at \d+\.\d+s, trace hash [0-9a-f]{16}; cluster\.save\(file\) keeps the case\.$/,
    )
    await using fork = await cluster.fork().ready()
    expect(fork.traceHash).toBe(cluster.traceHash)
  })
})
