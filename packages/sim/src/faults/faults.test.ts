import { events, leases, pods as podType } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { createCluster, faultEnded, faultStarted, type Cluster, type PodHandle } from '../index.ts'
import { ask, askOften, webCluster, webManifests } from './fault-world.suite.ts'

const web = (cluster: Cluster): readonly PodHandle[] => cluster.pods({ app: 'web' })
const restarts = (pod: PodHandle): number => pod.object.status?.containerStatuses?.[0]?.restartCount ?? 0
const endpointsOf = (cluster: Cluster): number =>
  (cluster.iptablesSave('node-1').match(/-A KUBE-SVC-\S+ -m comment --comment "default\/web /g) ?? []).length

function first(cluster: Cluster): PodHandle {
  const [pod] = web(cluster)
  if (pod === undefined) throw new Error('there is a web pod')
  return pod
}

describe('faults of nodes', () => {
  test('nodeCrash: Lease, NotReady, taints, eviction; the machine boots when the fault ends', async () => {
    await using cluster = await webCluster()
    const lost = web(cluster).find(({ node }) => node === 'node-2')
    expect(lost).toBeDefined()
    {
      using fault = cluster.faults.nodeCrash('node-2')
      expect(fault.active).toBe(true)
      await cluster.advance('1m')
      expect(cluster.node('node-2').ready).toBe(false)
      expect(cluster.node('node-2').object.spec.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
        'node.kubernetes.io/unreachable:NoSchedule',
        'node.kubernetes.io/unreachable:NoExecute',
      ])
      expect(lost?.ready).toBe(false)
      await cluster.advance('6m')
      expect(web(cluster).map(({ node, ready }) => [node, ready])).not.toContainEqual(['node-2', true])
      expect(web(cluster)).toHaveLength(2)
      expect(await askOften(cluster, 4)).not.toContain(lost?.name)
    }
    await cluster.advance('1m')
    expect(cluster.node('node-2').ready).toBe(true)
    expect(cluster.client.find(podType, { namespace: 'default', name: lost?.name ?? '' })).toBeUndefined()
  })

  test('what waits on a machine that stands still ends after a day, and says so', async () => {
    await using cluster = await createCluster({ nodes: 2, ingress: false, flowTraces: false })
    const containers = [{ name: 'web', image: 'nginx' }]
    await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers } })
    await cluster.settle()
    const pod = cluster.pod('web')
    const fault = cluster.faults.nodeFreeze(pod.node ?? '', { for: '1m' })
    // It goes on when the machine does, with what curl says then.
    expect(await pod.exec('curl -m 3 http://192.0.2.1/')).toMatchObject({ exitCode: 28 })
    expect(fault.active).toBe(false)
    cluster.faults.nodeFreeze(pod.node ?? '')
    await expect(pod.exec('curl -m 3 http://192.0.2.1/')).rejects.toThrow(
      'Failed to run a command on pod default/web: after 24h0m0s of virtual time it has not ended. It, or what it waits for, may stand still',
    )
  })

  test('nodeFreeze: packets get no answer, and the same containers go on afterwards', async () => {
    await using cluster = await webCluster()
    const frozen = web(cluster).find(({ node }) => node === 'node-2')
    const ip = frozen?.ip ?? ''
    {
      using _ = cluster.faults.nodeFreeze('node-2')
      expect(await ask(cluster, `http://${ip}/`, 5000)).toBe('EHOSTUNREACH')
      await cluster.advance('90s')
      expect(cluster.node('node-2').ready).toBe(false)
      expect(() => cluster.faults.nodeFreeze('node-2')).toThrow(
        'Failed to begin nodeFreeze of node-2: it is under way already. End the first one before.',
      )
    }
    await cluster.advance('30s')
    expect(cluster.node('node-2').ready).toBe(true)
    expect(frozen && restarts(frozen)).toBe(0)
    expect(await ask(cluster, `http://${ip}/`)).toBe(frozen?.name)
  })

  test('the control plane’s node takes the API server with it', async () => {
    await using cluster = await webCluster()
    {
      using _ = cluster.faults.nodeCrash('node-1')
      await expect(cluster.apply(webManifests(3))).rejects.toThrow('connection refused')
    }
    await cluster.advance('10s')
    await cluster.apply(webManifests(3))
    await cluster.settle()
    expect(web(cluster).filter(({ ready }) => ready)).toHaveLength(3)
  })
})

describe('faults of the network', () => {
  test('partition: both sides time out, the cut-off nodes’ kubelets are not heard, and all heals', async () => {
    await using cluster = await webCluster()
    const [far] = web(cluster).filter(({ node }) => node === 'node-2')
    {
      using _ = cluster.faults.partition(['node-1'], ['node-2'])
      expect(await ask(cluster, `http://${far?.ip ?? ''}/`)).toBe('ETIMEDOUT')
      const flow = await cluster.pod('client').trace(`http://${far?.ip ?? ''}/`, { timeoutMs: 100 })
      expect(flow.attempts[0]?.steps.at(-1)).toEqual({ place: 'wire', at: 'fault', what: 'partition node-1 | node-2' })
      await cluster.advance('1m')
      expect(cluster.nodeNames.map((name) => cluster.node(name).ready)).toEqual([true, false, true])
    }
    await cluster.advance('20s')
    expect(cluster.nodeNames.map((name) => cluster.node(name).ready)).toEqual([true, true, true])
    expect(await ask(cluster, `http://${far?.ip ?? ''}/`)).toBe(far?.name)
  })

  test('a pod can be cut off from one other, and one way only', async () => {
    await using cluster = await webCluster()
    const [one, other] = web(cluster)
    {
      using _ = cluster.faults.partition(cluster.pod('client'), [`default/${one?.name ?? ''}`], { for: '1m' })
      expect(await ask(cluster, `http://${one?.ip ?? ''}/`)).toBe('ETIMEDOUT')
      expect(await ask(cluster, `http://${other?.ip ?? ''}/`)).toBe(other?.name)
      await cluster.settle()
      expect(cluster.faults.active).toEqual([])
      expect(await ask(cluster, `http://${one?.ip ?? ''}/`)).toBe(one?.name)
    }
    // The SYN arrives, its answer does not.
    using _ = cluster.faults.partition('default/client', '*', { oneWay: true })
    expect(await ask(cluster, `http://${one?.ip ?? ''}/`)).toBe('ETIMEDOUT')
  })

  test('an open connection stalls during a partition and goes on after it', async () => {
    await using cluster = await webCluster()
    const [node] = cluster.node('node-1').object.status?.addresses ?? []
    const socket = cluster.external.network.openTcp({ address: node?.address ?? '', port: 10256 })
    await cluster.advance('10ms')
    const received: string[] = []
    socket.onData = (data) => void received.push(Buffer.from(data).toString())
    {
      using _ = cluster.faults.partition('external', 'node-1')
      socket.write(Buffer.from('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
      await cluster.advance('10s')
      expect(received).toEqual([])
    }
    await cluster.advance('1s')
    expect(received.join('')).toContain('200 OK')
  })

  test('packetLoss: TCP comes through late, datagrams get lost, and the seed decides which', async () => {
    const run = async (seed: number): Promise<readonly unknown[]> => {
      await using cluster = await webCluster({ seed })
      const ip = first(cluster).ip ?? ''
      using _ = cluster.faults.packetLoss(0.3, 'default/client', '*')
      const tookMs: number[] = []
      for (let i = 0; i < 12; i++) tookMs.push((await cluster.pod('client').fetch(`http://${ip}/`)).durationMs)
      const pings = await cluster.pod('client').exec(`ping -c 20 ${ip}`)
      return [tookMs, /(\d+)% packet loss/.exec(pings.stdout)?.[1], cluster.traceHash]
    }
    const [one, again] = [await run(5), await run(5)]
    expect(again).toEqual(one)
    const [tookMs, loss] = one as [number[], string, string]
    expect(Math.max(...tookMs)).toBeGreaterThan(150)
    expect(Math.min(...tookMs)).toBeLessThan(5)
    // Both directions: 1 - 0.7 × 0.7 = 51 %.
    expect(Number(loss)).toBeGreaterThan(20)
    expect(Number(loss)).toBeLessThan(80)
  })

  test('delay: each way, with jitter around it', async () => {
    await using cluster = await webCluster()
    const ip = first(cluster).ip ?? ''
    using _ = cluster.faults.delay('100ms', 'default/client', '*', { jitter: '10ms' })
    for (let i = 0; i < 5; i++) {
      // Handshake and request, there and back: 4 × 100 ms ± 4 × 10 ms.
      const { durationMs } = await cluster.pod('client').fetch(`http://${ip}/`)
      expect(durationMs).toBeGreaterThan(355)
      expect(durationMs).toBeLessThan(445)
    }
  })
})

describe('faults of the control plane', () => {
  test('apiServerDown: writes are refused, services go on, kubelets and controllers catch up', async () => {
    await using cluster = await webCluster()
    {
      using _ = cluster.faults.apiServerDown()
      await expect(cluster.apply(webManifests(3))).rejects.toThrow('connection refused')
      using _crash = cluster.faults.containerCrash(first(cluster))
      await cluster.advance('90s')
      // Restarted by its kubelet, which cannot say so.
      expect(restarts(first(cluster))).toBe(0)
      expect(new Set(await askOften(cluster, 8))).toEqual(new Set(web(cluster).map(({ name }) => name)))
    }
    await cluster.advance('1m')
    expect(restarts(first(cluster))).toBe(1)
    await cluster.apply(webManifests(3))
    await cluster.settle()
    expect(web(cluster).filter(({ ready }) => ready)).toHaveLength(3)
  })

  test('watchCut and watchDelay: the component acts late, on what it saw', async () => {
    await using cluster = await webCluster()
    {
      using _ = cluster.faults.watchCut('kube-controller-manager')
      await cluster.apply(webManifests(3))
      await cluster.advance('1m')
      expect(web(cluster)).toHaveLength(2)
    }
    await cluster.advance('2m')
    expect(web(cluster)).toHaveLength(3)
    using _ = cluster.faults.watchDelay('kube-scheduler', '20s')
    await cluster.apply(webManifests(4))
    await cluster.advance('10s')
    expect(web(cluster).filter(({ node }) => node === undefined)).toHaveLength(1)
    await cluster.advance('15s')
    expect(web(cluster).filter(({ node }) => node === undefined)).toHaveLength(0)
  })

  test.each([
    ['kubeProxyNotSyncing', (cluster: Cluster) => cluster.faults.kubeProxyNotSyncing('node-1')],
    ['watchCut of one kube-proxy', (cluster: Cluster) => cluster.faults.watchCut('kube-proxy/node-1')],
  ])('%s: the node keeps the rules it has until it ends', async (_name, start) => {
    await using cluster = await webCluster()
    expect(endpointsOf(cluster)).toBe(2)
    {
      using _ = start(cluster)
      await cluster.apply(webManifests(3))
      await cluster.settle()
      expect(endpointsOf(cluster)).toBe(2)
      expect(cluster.iptablesSave('node-2').match(/KUBE-SVC-\S+ -m comment --comment "default\/web /g)).toHaveLength(3)
    }
    await cluster.settle()
    expect(endpointsOf(cluster)).toBe(3)
  })

  test('coreDnsPodLost: some lookups wait until probes take it out', async () => {
    await using cluster = await webCluster()
    using fault = cluster.faults.coreDnsPodLost()
    expect(fault.target).toMatch(/^kube-system\/coredns-/)
    expect(await askOften(cluster, 6)).toContain('EAI_AGAIN')
    await cluster.advance('2m')
    const lost = cluster.pod(fault.target)
    expect(lost.ready).toBe(false)
    expect(new Set(await askOften(cluster, 6))).toEqual(new Set(web(cluster).map(({ name }) => name)))
  })
})

describe('faults of containers', () => {
  test('containerHang: connections stand unanswered until the liveness probe has it restarted', async () => {
    await using cluster = await webCluster()
    const pod = first(cluster)
    using _ = cluster.faults.containerHang(pod)
    expect(await ask(cluster, `http://${pod.ip ?? ''}/`)).toBe('ETIMEDOUT')
    await cluster.advance('6s')
    expect(pod.ready).toBe(false)
    await cluster.advance('1m')
    expect(restarts(pod)).toBe(1)
    expect(await ask(cluster, `http://${pod.ip ?? ''}/`)).toBe(pod.name)
  })

  test('containerHang: what waited is answered when it goes on', async () => {
    await using cluster = await webCluster()
    const pod = first(cluster)
    const fault = cluster.faults.containerHang(pod, { for: '1500ms' })
    const reply = await cluster.pod('client').fetch(`http://${pod.ip ?? ''}/`)
    expect([reply.status, Math.round(reply.durationMs / 100), fault.active]).toEqual([200, 15, false])
  })

  test.each([
    [{ exitCode: 3 }, 3],
    [{ signal: 'SIGSEGV' }, 139],
  ])('containerCrash %j ends it once', async (options, exitCode) => {
    await using cluster = await webCluster()
    const pod = first(cluster)
    using _ = cluster.faults.containerCrash(pod, options)
    await cluster.advance('30s')
    const status = pod.object.status?.containerStatuses?.[0]
    expect([status?.restartCount, status?.lastState?.terminated?.exitCode, pod.ready]).toEqual([1, exitCode, true])
  })

  test('containerCrash always: CrashLoopBackOff for as long as it lasts', async () => {
    await using cluster = await webCluster()
    const pod = first(cluster)
    {
      using _ = cluster.faults.containerCrash(pod, { always: true })
      await cluster.advance('2m')
      expect(pod.object.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('CrashLoopBackOff')
    }
    await cluster.advance('5m')
    expect(pod.ready).toBe(true)
  })

  test('failReadiness: out of the endpoints, and back; failLiveness: restarted', async () => {
    await using cluster = await webCluster()
    const pod = first(cluster)
    {
      using _ = cluster.faults.failReadiness(pod)
      await cluster.advance('6s')
      expect([pod.ready, endpointsOf(cluster)]).toEqual([false, 1])
      const said = cluster.client.list(events, { namespace: 'default' }).items.map(({ message }) => message)
      expect(said).toContain('Readiness probe failed: HTTP probe failed with statuscode: 503')
    }
    await cluster.advance('5s')
    expect([pod.ready, endpointsOf(cluster)]).toEqual([true, 2])
    {
      using _ = cluster.faults.failLiveness(pod)
      await cluster.advance('20s')
    }
    await cluster.settle()
    expect(restarts(pod)).toBe(1)
    await cluster.advance('10s')
    using _ = cluster.faults.failStartup(pod)
    cluster.faults.containerCrash(pod).end()
    await cluster.advance('1m')
    expect(restarts(pod)).toBeGreaterThan(2)
  })
})

describe('every fault', () => {
  test('is an event when it begins and when it ends, once each', async () => {
    await using cluster = await webCluster()
    const seen: string[] = []
    using _a = cluster.engine.bus.subscribe(
      faultStarted,
      ({ payload }) => void seen.push(`+ ${payload.kind} ${payload.target}`),
    )
    using _b = cluster.engine.bus.subscribe(
      faultEnded,
      ({ payload }) => void seen.push(`- ${payload.kind} ${payload.target}`),
    )
    {
      using fault = cluster.faults.partition(['node-1', 'external'], ['node-2'], { oneWay: true })
      fault.end()
    }
    cluster.faults.watchCut('kubelet', { for: '5s' })
    await cluster.settle()
    cluster.faults.apiServerDown()
    cluster.faults.delay(100, 'external', '*')
    cluster.faults.endAll()
    expect(seen).toEqual([
      '+ partition node-1, external → node-2',
      '- partition node-1, external → node-2',
      '+ watchCut kubelet',
      '- watchCut kubelet',
      '+ apiServerDown kube-apiserver',
      '+ delay 100 ± 0: external | *',
      '- delay 100 ± 0: external | *',
      '- apiServerDown kube-apiserver',
    ])
    expect(cluster.client.list(leases, {}).items.length).toBeGreaterThan(0)
  })

  test('is an input of the run: a fork repeats it, with the moment it ended', async () => {
    await using cluster = await webCluster()
    {
      using _ = cluster.faults.packetLoss(0.2, cluster.pod('client'), '*')
      await askOften(cluster, 4)
    }
    cluster.faults.kubeProxyNotSyncing(cluster.node('node-2'), { for: '30s' })
    await cluster.advance('10s')
    await using fork = cluster.fork()
    await fork.ready()
    expect(fork.traceHash).toBe(cluster.traceHash)
    expect(fork.faults.active).toEqual([{ number: 2, kind: 'kubeProxyNotSyncing', target: 'node-2' }])
    fork.faults.fault(2).end()
    expect([fork.faults.active.length, cluster.faults.active.length]).toEqual([0, 1])
    expect(() => fork.faults.fault(2)).toThrow(
      'Failed to find a fault: none under way has the number 2. There are none.',
    )
  })

  test('what there is not, and arguments that are none, are refused in one sentence', async () => {
    await using cluster = await webCluster()
    const { faults } = cluster
    const pod = first(cluster)
    const rows: readonly [() => unknown, string][] = [
      [
        () => faults.nodeCrash('node-9'),
        'Failed to crash a node: there is no node "node-9". There are node-1, node-2, node-3.',
      ],
      [
        () => faults.nodeFreeze('x'),
        'Failed to freeze a node: there is no node "x". There are node-1, node-2, node-3.',
      ],
      [
        () => faults.partition('node-1', 'mars'),
        'Failed to partition the network: there is no place "mars". Say a node (node-1, node-2, node-3), NAMESPACE/NAME of a pod, external, api-server, or * for all others.',
      ],
      [
        () => faults.partition([], '*'),
        'Failed to partition the network: one side has no places. Name at least one, or * for all others.',
      ],
      [
        () => faults.partition('*', '*'),
        'Failed to partition the network: both sides are *. Name the places of one side.',
      ],
      [
        () => faults.partition(['node-1', 'node-2'], 'node-2'),
        'Failed to partition the network: node/node-2 is on both sides. Name every place on one side only.',
      ],
      [
        () => faults.packetLoss(10, 'node-1', '*'),
        'Failed to lose packets: the rate is 10. Give a number above 0 and up to 1: 0.1 is every tenth packet.',
      ],
      [
        () => faults.delay(0, 'node-1', '*'),
        `Failed to delay packets: the delay is nothing. Give one such as '100ms'.`,
      ],
      [
        () => faults.delay('1s', 'node-1', '*', { jitter: '2s' }),
        'Failed to delay packets: the jitter 2s is more than the delay 1s. Give a smaller jitter.',
      ],
      [
        () => faults.watchCut('kube-dns'),
        'Failed to cut the watches of kube-dns: no component is called "kube-dns". There are kube-proxy, metallb, ingress-nginx, ',
      ],
      [
        () => faults.kubeProxyNotSyncing('node-9'),
        'Failed to stop the syncs of kube-proxy: there is no node "node-9".',
      ],
      [() => faults.coreDnsPodLost('x'), 'Failed to lose a CoreDNS pod: none is called "x". There are coredns-'],
      [
        () => faults.containerCrash('shop/x'),
        'Failed to crash a container: there is no pod shop/x. Look at cluster.pods(), and settle first if it is new.',
      ],
      [() => faults.containerHang(pod, { container: 'x' }), `has no container "x". It has web.`],
      [
        () => faults.containerCrash(pod, { exitCode: 256 }),
        'Failed to call cluster.faults.containerCrash(): exitCode is 256. Give a whole number from 0 to 255.',
      ],
      [
        () => faults.containerCrash(pod, { signal: 'SIGFOO' }),
        'Failed to crash a container: there is no signal "SIGFOO". Use one of SIGHUP,',
      ],
      [
        () => faults.failReadiness('client'),
        'Failed to fail the readiness probe of default/client: its container client has none. Give it a readinessProbe, or name another container.',
      ],
      [
        () => faults.apiServerDown({ for: 'long' }),
        'Failed to call cluster.faults.apiServerDown(): for is "long". Give milliseconds,',
      ],
    ]
    for (const [start, message] of rows) expect(start).toThrow(message)
    expect(faults.active).toEqual([])
  })
})
