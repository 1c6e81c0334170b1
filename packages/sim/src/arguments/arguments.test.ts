// Every public call refuses what it does not take: an option there is not, a value of another kind or out of range, an argument too
// many. The message is one sentence that names the call, what was given, and what to give.

import { inspect } from 'node:util'
import { configMaps, pods, StatusError } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { afterAll, describe, expect, test } from 'vitest'
import {
  checkInvariants,
  createCertificateAuthority,
  createCluster,
  createSelfSignedCertificate,
  defineInvariant,
  explainQueries,
  explainTrace,
  fetchImage,
  listenerImage,
  loadCluster,
  proxyRules,
  serveHttp,
  socketImage,
  startNamedFault,
} from '@podwire/sim'
import * as plain from '../assert/index.ts'
import { SURFACE, type Kind } from '../travel/surface.ts'
import { clusterTest } from '../vitest/index.ts'
import { CALLS } from './calls.ts'
import { didYouMean } from './did-you-mean.ts'

const cluster = await createCluster({ nodes: 1, ingress: false })
afterAll(() => cluster.stop())
const pod = cluster.pod('client')
const node = cluster.node('node-1')
const { client, external, faults, images, internet } = cluster
const ref = { namespace: 'default', name: 'x' }
const answer = (): Response => new Response('')

// Callers in JavaScript give anything.
const wrong = (value: unknown): never => value as never

/** A call with an argument too many. */
const surplus = (of: object, name: string, ...args: readonly unknown[]): unknown =>
  (Reflect.get(of, name) as (...given: readonly unknown[]) => unknown)(...args)

type Row = readonly [misuse: () => unknown, message: string]

const CREATED: readonly (readonly [options: unknown, message: string])[] = [
  [{ node: 3 }, 'there is no option "node". Did you mean nodes?'],
  [{ Seed: 3 }, 'there is no option "Seed". Did you mean seed?'],
  [{ kubernetesVerison: '1.18' }, 'there is no option "kubernetesVerison". Did you mean kubernetesVersion?'],
  [{ podCidr: '10.0.0.0/8' }, 'there is no option "podCidr". Did you mean'],
  [{ zzz: 1 }, 'there is no option "zzz". There are nodes, seed, kubernetesVersion,'],
  [{ nodes: 'three' }, 'nodes is "three". Give a whole number from 1 to 5000, or a list of what each is like.'],
  [{ nodes: [] }, 'nodes is []. Give a whole number from 1'],
  [{ nodes: [{ zones: 'a' }] }, 'there is no option "zones" in nodes[0]. Did you mean zone?'],
  [{ nodes: [{ labels: { a: 1 } }] }, 'nodes[0].labels["a"] is 1. Give a text.'],
  [
    { nodes: [{ taints: [{ key: 'a', effect: 'NoSchedul' }] }] },
    'nodes[0].taints[0].effect is "NoSchedul". Did you mean \'NoSchedule\'?',
  ],
  [{ nodes: [{ taints: [{ effect: 'NoSchedule' }] }] }, 'nodes[0].taints[0].key is missing. Give a name.'],
  [{ nodes: [{ capacity: { cpu: 4 } }] }, 'nodes[0].capacity["cpu"] is 4. Give a text.'],
  [{ seed: 1.5 }, 'seed is 1.5. Give a whole number.'],
  [{ seed: '7' }, 'seed is "7". Give a whole number.'],
  [{ seed: null }, 'seed is null. Give a whole number.'],
  [{ kubernetesVersion: 1.18 }, "kubernetesVersion is 1.18. Give a text such as 'v1.36.2'."],
  [{ kubernetesVersion: 'new' }, 'kubernetesVersion "new" is none.'],
  [{ proxy: { mode: 'ipvs' } }, 'there is no option "mode" in proxy. Did you mean proxyMode?'],
  [
    { proxy: { proxyMode: 'ipv' } },
    "proxy.proxyMode is \"ipv\". Did you mean 'ipvs'? There are 'iptables', 'ipvs', 'nftables' or 'userspace'.",
  ],
  [{ proxy: { masqueradeBit: 32 } }, 'proxy.masqueradeBit is 32. Give a whole number from 0 to 31.'],
  [{ proxy: 'ipvs' }, 'proxy is "ipvs". Give an object with proxyMode,'],
  [{ serviceCidr: 10 }, 'serviceCidr is 10. Give a text.'],
  [{ nodePortRange: [1, 2] }, "nodePortRange is [ 1, 2 ]. Give a text such as '30000-32767'."],
  [{ ingress: 'nginx' }, 'ingress is "nginx". Give true or false, or a list of nginx, traefik, haproxy.'],
  [{ ingress: ['nginks'] }, 'ingress[0] is "nginks". Did you mean \'nginx\'?'],
  [{ loadBalancer: 'metalb' }, "loadBalancer is \"metalb\". Did you mean 'metallb'? There are 'metallb' or 'cloud'."],
  [{ strictImages: 'yes' }, 'strictImages is "yes". Give true or false.'],
  [{ images: [{ name: 'x' }] }, "images[0] is { name: 'x' }. Give an image, as fetchImage('team/hello', …) makes one."],
  [{ bare: { controller: [] } }, 'there is no option "controller" in bare. Did you mean controllers?'],
  [{ bare: {} }, 'bare.controllers is missing.'],
  [{ controllers: '*' }, "controllers is \"*\". Give a list of names, such as ['*', '-job-controller']."],
  [{ authorization: 'rbac' }, 'authorization is "rbac". Did you mean \'RBAC\'?'],
  [
    { invariants: [() => []] },
    'invariants[0] is a function. Give an invariant, as defineInvariant(name, check) makes one.',
  ],
  [{ epochMs: new Date(0) }, 'epochMs is a Date. Give a number from 0.'],
  ['nodes', 'options is "nodes". Give an object with nodes,'],
  [null, 'options is null. Give an object with nodes,'],
]

const CALLED: Readonly<Record<string, readonly Row[]>> = {
  'cluster.': [
    [() => cluster.settle(wrong('soon')), 'settle(): limit is "soon". Give milliseconds'],
    [() => cluster.settle('1m', wrong({ step: 3 })), 'settle(): there is no option "step". Did you mean steps?'],
    [() => cluster.settle('1m', { steps: 0 }), 'settle(): steps is 0. Give a whole number from 1.'],
    [() => cluster.advance(-1), 'advance(): duration is -1. Give milliseconds'],
    [() => cluster.advance(wrong(undefined)), 'advance(): duration is undefined. Give milliseconds'],
    [() => surplus(cluster, 'apply', [], { force: true }), 'apply(): it was given 2 arguments. It takes manifests.'],
    [() => surplus(cluster, 'delete', [], { gracePeriodSeconds: 0 }), 'delete(): it was given 2 arguments.'],
    [
      () => cluster.configureProxy(wrong({ proxymode: 'ipvs' })),
      'configureProxy(): there is no option "proxymode". Did you mean proxyMode?',
    ],
    [() => cluster.trace(0), 'trace(): capacity is 0. Give a whole number from 1.'],
    [
      () => cluster.iptablesSave('node-1', wrong({ counter: true })),
      'iptablesSave(): there is no option "counter". Did you mean counters?',
    ],
    [() => cluster.addNode(wrong({ label: {} })), 'addNode(): there is no option "label". Did you mean labels?'],
    [() => cluster.addNode(wrong(2)), 'addNode(): options is 2. Give an object with zone,'],
    [
      () => cluster.kubeConfig(wrong({ user: 'a' })),
      'kubeConfig(): there is no option "user". There are serviceAccount, namespace.',
    ],
    [
      () => cluster.pods(wrong('app=web')),
      'pods(): labels is "app=web". Give an object of labels, such as { app: \'web\' }.',
    ],
    [() => cluster.pods({}, wrong({})), 'pods(): namespace is {}. Give a name.'],
    [() => cluster.node(wrong(1)), 'node(): name is 1. Give a name.'],
    [() => cluster.place(wrong(undefined)), 'place(): from is undefined. Give a name.'],
    [() => surplus(cluster, 'snapshot', 'here'), 'snapshot(): it was given 1 arguments. It takes none.'],
  ],
  'cluster.pod("client").': [
    [
      () => pod.fetch('http://web/', wrong({ timeout: 5 })),
      'fetch(): there is no option "timeout". Did you mean timeoutMs?',
    ],
    [() => pod.fetch('http://web/', wrong({ timeoutMs: '5s' })), 'fetch(): timeoutMs is "5s". Give a number above 0.'],
    [
      () => pod.fetch('http://web/', wrong({ tls: { CA: '' } })),
      'fetch(): there is no option "CA" in tls. Did you mean ca?',
    ],
    [() => pod.fetch('http://web/', wrong({ headers: { a: 1 } })), 'fetch(): headers["a"] is 1. Give a text.'],
    [() => pod.fetch('http://web/', wrong({ headers: ['a'] })), 'fetch(): headers[0] is "a". Give a name and a value.'],
    [() => pod.fetch('http://web/', wrong({ body: { a: 1 } })), 'fetch(): body is { a: 1 }. Give a text, or bytes.'],
    [() => pod.fetch(''), 'fetch(): url is "". Give a URL, such as \'http://web/\'.'],
    [() => pod.curl('http://web/', { times: 0 }), 'curl(): times is 0. Give a whole number from 1.'],
    [() => pod.load('http://web/', wrong(undefined)), 'load(): options is undefined. Give an object with times.'],
    [() => pod.load('http://web/', wrong({})), 'load(): times is missing. Give a whole number from 0.'],
    [() => pod.startLoad('http://web/', wrong({ rps: 5 })), 'startLoad(): there is no option "rps". '],
    [
      () => pod.startLoad('http://web/', wrong({ clients: '4' })),
      'startLoad(): clients is "4". Give a whole number from 1.',
    ],
    [
      () => pod.startLoad('http://web/', wrong({ ramp: { from: 1, to: 2 } })),
      'startLoad(): ramp.over is missing. Give milliseconds',
    ],
    [
      () => pod.startLoad('http://web/', wrong({ lookup: 'always' })),
      "startLoad(): lookup is \"always\". Give 'once' or 'each'.",
    ],
    [
      () => pod.startLoad('http://web/', wrong({ requests: Number.NaN })),
      'startLoad(): requests is NaN. Give a whole number from 1.',
    ],
    [
      () => pod.trace('http://web/', wrong({ timeoutMS: 5 })),
      'trace(): there is no option "timeoutMS". Did you mean timeoutMs?',
    ],
    [() => pod.exec('cat', wrong({ input: 'x' })), 'exec(): there is no option "input". There are stdin.'],
    [() => pod.exec('cat', wrong('x')), 'exec(): options is "x". Give an object with stdin.'],
    [() => pod.lookup(wrong(7)), 'lookup(): name is 7. Give a name.'],
    [
      () => pod.delete(wrong({ gracePeriod: 0 })),
      'delete(): there is no option "gracePeriod". Did you mean gracePeriodSeconds?',
    ],
    [() => pod.logs(wrong({ tail: 3 })), 'logs(): there is no option "tail". Did you mean tailLines?'],
    [() => pod.container(''), 'container(): name is "". Give a name.'],
  ],
  'cluster.node("node-1").': [
    [() => node.drain(wrong({ forced: true })), 'drain(): there is no option "forced". Did you mean force?'],
    [() => surplus(node, 'cordon', true), 'cordon(): it was given 1 arguments. It takes none.'],
  ],
  'cluster.external.': [
    [() => external.addHost('web', 'web'), 'addHost(): address is "web". Give an IP address.'],
    [() => external.nginx(wrong({ file: 'x' })), "nginx(): configuration is { file: 'x' }. Give a text."],
    [() => external.nginx('', wrong({ path: 'x' })), 'nginx(): there is no option "path". There are file.'],
  ],
  'cluster.internet.': [
    [
      () => internet.host('a.test', 'b.test'),
      'host(): answer is "b.test". Give an IP address, or a list of them, or an object with addresses,',
    ],
    [
      () => internet.host('a.test', wrong({ address: '192.0.2.1' })),
      'host(): there is no option "address" in answer. Did you mean addresses?',
    ],
  ],
  'cluster.client.': [
    [
      () => client.list(wrong('pods')),
      'list(): type is "pods". Give a resource type, such as pods of \'@podwire/apiserver\'.',
    ],
    [
      () => client.list(pods, wrong({ labels: 'a=b' })),
      'list(): there is no option "labels". Did you mean labelSelector?',
    ],
    [() => client.get(pods, wrong('x')), 'get(): ref is "x". Give { namespace, name }.'],
    [
      () => client.delete(pods, ref, wrong({ gracePeriod: 0 })),
      'delete(): there is no option "gracePeriod". Did you mean gracePeriodSeconds?',
    ],
    [
      () => client.patch(pods, ref, wrong('apply'), {}),
      "patch(): patchType is \"apply\". Give 'json', 'merge' or 'strategic'.",
    ],
    [() => client.modify(configMaps, ref, wrong({})), 'modify(): change is {}. Give a function.'],
    [
      () =>
        client.watch(
          pods,
          wrong(() => undefined),
          wrong(undefined),
        ),
      'watch(): options is a function. Give an object with namespace,',
    ],
  ],
  'cluster.faults.': [
    [() => faults.nodeCrash(wrong(1)), 'nodeCrash(): node is 1. Give the name of a node, or its handle.'],
    [
      () => faults.nodeCrash('node-1', wrong({ lasts: '3s' })),
      'nodeCrash(): there is no option "lasts". There are for.',
    ],
    [
      () => faults.partition('node-1', wrong(undefined)),
      "partition(): to is undefined. Give a list of places, or a place such as 'node-1'",
    ],
    [() => faults.partition('node-1', wrong([7])), 'partition(): to[0] is 7. Give a place such as'],
    [
      () => faults.partition('node-1', '*', wrong({ oneway: true })),
      'partition(): there is no option "oneway". Did you mean oneWay?',
    ],
    [() => faults.delay(wrong('late'), 'node-1', '*'), 'delay(): delay is "late". Give milliseconds'],
    [
      () => faults.watchCut(wrong(undefined)),
      "watchCut(): component is undefined. Give a component's name, such as 'kube-proxy/node-1'.",
    ],
    [
      () => faults.containerCrash(wrong(undefined)),
      'containerCrash(): pod is undefined. Give the name of a pod, or its handle.',
    ],
    [() => faults.failReadiness('web', wrong({ for: 'ever' })), 'failReadiness(): for is "ever". Give milliseconds'],
  ],
  'cluster.images.': [
    [() => images.register(wrong({ name: 'x' })), "register(): image is { name: 'x' }. Give an image"],
    [
      () => images.registerFetch('x', answer, wrong({ ports: [80] })),
      'registerFetch(): there is no option "ports". Did you mean port?',
    ],
    [
      () => images.registerFetch('x', wrong('hello'), { port: 80 }),
      'registerFetch(): program is "hello". Give a function.',
    ],
  ],
}

const FUNCTIONS: readonly Row[] = [
  [() => explainTrace(wrong({})), 'Failed to explain a trace: trace is {}. Give a trace, as await'],
  [() => explainQueries(wrong(['x'])), 'Failed to explain queries: queries[0] is "x". Give a query of a trace.'],
  [() => startNamedFault(faults, wrong(7), []), 'Failed to begin a fault: kind is 7. Give a name.'],
  [
    () => serveHttp(wrong(external), 80, wrong(answer)),
    'Failed to serve HTTP: network is a HostHandle. Give a machine',
  ],
  [
    () => clusterTest(wrong({ node: 2 })),
    'Failed to make a test with a cluster: there is no option "node". Did you mean nodes?',
  ],
  [
    () => fetchImage('x', answer, wrong({})),
    'Failed to make an image: port is missing. Give a whole number from 1 to 65535.',
  ],
  [
    () => listenerImage('x', wrong({}), { port: 80 }),
    'Failed to make an image: program is {}. Give a function, or a fastify instance.',
  ],
  [() => socketImage('x', () => undefined, { port: 0 }), 'Failed to make an image: port is 0.'],
  [() => loadCluster(wrong(undefined)), 'Failed to load a cluster: path is undefined. Give a name.'],
  [
    () => loadCluster('x', wrong({ image: [] })),
    'Failed to load a cluster: there is no option "image". Did you mean images?',
  ],
  [
    () => proxyRules(wrong('kind: Node'), { node: 'a' }),
    'Failed to print rules: states is "kind: Node". Give a list of states',
  ],
  [
    () => proxyRules([], wrong({ node: 'a', mode: 'ipvs' })),
    'Failed to print rules: there is no option "mode". Did you mean',
  ],
  [() => proxyRules([], wrong({})), 'Failed to print rules: node is missing. Give a name.'],
  [
    () => createCertificateAuthority(wrong({ days: 3 })),
    'Failed to create a certificate authority: there is no option "days".',
  ],
  [
    () => createCertificateAuthority().issue(wrong({ host: 'a' })),
    'Failed to issue a certificate: there is no option "host" in request. Did you mean hosts?',
  ],
  [() => createSelfSignedCertificate(wrong({})), 'Failed to create a certificate: request.hosts is missing.'],
  [() => defineInvariant('x', wrong(undefined)), 'Failed to define an invariant: check is undefined. Give a function.'],
  [() => checkInvariants(wrong({}), []), 'Failed to check invariants: the cluster is {}. Give a cluster.'],
  [
    () => plain.assertReaches(wrong('web'), 'http://web/'),
    'Failed to look whether a URL is reached: the place is "web". Give a pod, a node or cluster.external.',
  ],
  [
    () => plain.assertReaches(external, 'http://web/', wrong({ code: 200 })),
    'Failed to look whether a URL is reached: there is no option "code".',
  ],
  [() => plain.assertRefused(external, wrong(undefined)), 'Failed to look whether a URL is refused: url is undefined.'],
  [
    () => plain.assertResolves(external, 'a', wrong(1)),
    'Failed to look whether a name resolves: addresses is 1. Give an address, or a list of them',
  ],
  [
    () => plain.assertEndpoints(cluster, 'web', wrong('2')),
    'Failed to look at the endpoints of a Service: endpoints is "2". Give a whole number from 0, or a list of pods.',
  ],
  [() => plain.assertReady(wrong(cluster.pods())), 'Failed to look whether a place is ready: the place is [ '],
  [
    () => plain.assertLostNothing(wrong(Promise.resolve())),
    'Failed to look what a load lost: the report is a promise (await it). Give the report of a load',
  ],
  [
    () => expect(external).toReach('http://web/', wrong({ pods: 'a' })),
    'Failed to look whether a URL is reached: there is no option "pods". Did you mean pod?',
  ],
  [() => expect(undefined).toReach('http://web/'), 'Failed to look whether a URL is reached: the place is undefined.'],
]

async function said(misuse: () => unknown): Promise<string> {
  const error: unknown = await (async () => misuse())().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PodwireError)
  return (error as PodwireError).message
}

describe('misuse is refused', () => {
  test.each(CREATED)('createCluster(%j)', async (options, message) => {
    expect(await said(() => createCluster(wrong(options)))).toContain(`Failed to create a cluster: ${message}`)
  })

  test.each(Object.entries(CALLED))('%s', async (owner, rows) => {
    for (const [misuse, message] of rows) expect(await said(misuse)).toContain(`Failed to call ${owner}${message}`)
  })

  test('functions by themselves', async () => {
    for (const [misuse, message] of FUNCTIONS) expect(await said(misuse)).toContain(message)
  })

  // Every call with what nobody would give it: no error from inside, and nothing that is no sentence.
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  const ODD = [undefined, null, 10n, Symbol('s'), circle, [circle], [1], () => 1, {}]
  test('anything given to any call', async () => {
    await using fork = await cluster.fork().ready()
    const targets: Readonly<Partial<Record<Kind, object>>> = {
      cluster: fork,
      host: fork.external,
      node: fork.node('node-1'),
      pod: fork.pod('client'),
      client: fork.client,
      internet: fork.internet,
      images: fork.images,
      faults: fork.faults,
    }
    for (const [kind, target] of Object.entries(targets)) {
      for (const [call, signature] of Object.entries(CALLS[kind as Kind])) {
        for (const odd of signature.length === 0 ? [] : ODD) {
          const outcome: unknown = await (async () => surplus(target, call, odd))().catch((thrown: unknown) => thrown)
          if (!(outcome instanceof Error)) continue
          const what = `${kind}.${call}(${inspect(odd)}): ${outcome.message}`
          expect(outcome instanceof PodwireError || outcome instanceof StatusError, what).toBe(true)
        }
      }
    }
  })

  test('a setting', async () => {
    expect(await said(() => Reflect.set(cluster, 'flowTraces', 'on'))).toBe(
      'Failed to set cluster.flowTraces: it is "on". Give true or false.',
    )
  })

  test('a call that gives a promise rejects', async () => {
    await expect(cluster.apply('nowhere.yaml').catch(() => 'rejected')).resolves.toBe('rejected')
    await expect(pod.fetch(wrong(1)).catch(() => 'rejected')).resolves.toBe('rejected')
  })

  test('and the cluster goes on as if nothing had happened', async () => {
    await using fork = await cluster.fork().ready()
    expect(fork.traceHash).toBe(cluster.traceHash)
  })
})

/** Properties, not calls. */
const PROPERTIES: Readonly<Partial<Record<Kind, string>>> = {
  cluster: 'composition engine traceHash age nodeNames onSettled external client internet images faults',
  host: 'title seed network',
  node: 'title seed network name object ready isOn',
  pod: 'title seed namespace name object ip node ready',
  internet: 'names',
  nginx: 'log',
  faults: 'active',
  fault: 'number kind target startedUs active',
}

test('what every call takes is known, and no other', () => {
  for (const [kind, members] of Object.entries(SURFACE) as readonly [Kind, object][]) {
    const properties = new Set(PROPERTIES[kind]?.split(' '))
    const isCall = ([member, { is }]: readonly [string, { is: string }]): boolean =>
      is !== 'setting' && !properties.has(member)
    const calls = Object.entries(members)
      .filter(isCall)
      .map(([member]) => member)
    expect(Object.keys(CALLS[kind]).toSorted(), kind).toEqual(calls.toSorted())
  }
})

test.each([
  ['node', ['nodes', 'seed'], 'nodes'],
  ['timeout', ['timeoutMs', 'times'], 'timeoutMs'],
  ['ONEWAY', ['oneWay'], 'oneWay'],
  ['kubernetesVerison', ['kubernetesVersion'], 'kubernetesVersion'],
  ['colour', ['seed', 'nodes'], undefined],
])('%s of %j is %s', (given, words, meant) => {
  expect(didYouMean(given, words)).toBe(meant)
})
