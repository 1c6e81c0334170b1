import { pods, services } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { Cluster, createCluster, fetchImage, type ClusterOptions } from '@podwire/sim'

const SMALL: ClusterOptions = { nodes: 2, ingress: false, seed: 5 }

const web = (replicas: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'luksa/kubia' }] } },
  },
})

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
}
const client = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'client' },
  spec: { containers: [{ name: 'main', image: 'busybox', command: ['sleep', '100000'] }] },
}

async function webCluster(): Promise<Cluster> {
  const cluster = await createCluster(SMALL)
  await cluster.apply([web(3) as never, service, client])
  await cluster.settle()
  return cluster
}

describe('fork', () => {
  test('both futures are the same until they are given different inputs, and neither touches the other', async () => {
    await using cluster = await webCluster()
    await using fork = cluster.fork()
    for (const one of [cluster, fork]) {
      await one.pod('client').curl('http://web/', { times: 5 })
      await one.advance('1m')
    }
    expect(fork.traceHash).toBe(cluster.traceHash)
    const before = cluster.traceHash
    await fork.apply([web(5) as never])
    await fork.settle()
    expect(fork.pods({ app: 'web' })).toHaveLength(5)
    expect(cluster.pods({ app: 'web' })).toHaveLength(3)
    expect(cluster.traceHash).toBe(before)
  })

  test('it is there at once: API objects, names, time and hash are known before it has run', async () => {
    await using cluster = await webCluster()
    await using fork = cluster.fork()
    expect(fork).toBeInstanceOf(Cluster)
    expect(fork.traceHash).toBe(cluster.traceHash)
    expect(fork.age).toBe(cluster.age)
    expect(fork.nodeNames).toEqual(['node-1', 'node-2'])
    const names = (one: Cluster): string[] => one.pods({ app: 'web' }).map(({ name }) => name)
    expect(names(fork)).toEqual(names(cluster))
    expect(fork.pod('client').ip).toBe(cluster.pod('client').ip)
    expect(fork.client.get(services, { namespace: 'default', name: 'web' }).spec.clusterIP).toMatch(/^10\./)
  })

  test('inputs without an answer wait until it runs; what needs the run is refused with what to do', async () => {
    await using cluster = await webCluster()
    await using fork = cluster.fork()
    expect(() => fork.client.delete(pods, { namespace: 'default', name: 'client' })).toThrow(
      'Failed to use a fork at once: it has not run up to its moment yet, and this needs it to. Await cluster.ready() first',
    )
    fork.node('node-2').powerOff()
    expect(() => fork.pods()).toThrow('Await cluster.ready() first')
    expect(await fork.ready()).toBe(fork)
    expect(fork.node('node-2').isOn).toBe(false)
    expect(cluster.node('node-2').isOn).toBe(true)
  })

  test('a fork of a fork, of a snapshot, and of a time', async () => {
    await using cluster = await webCluster()
    const snapshot = cluster.snapshot()
    const { age } = cluster
    await cluster.apply([web(1) as never])
    await cluster.advance('2m')
    await using a = cluster.fork(snapshot)
    await using b = cluster.fork(age)
    await using c = a.fork()
    for (const one of [a, b, c]) await one.advance('30s')
    expect(new Set([a, b, c].map(({ traceHash }) => traceHash)).size).toBe(1)
    expect(c.pods({ app: 'web' })).toHaveLength(3)
  })

  test('a time in the middle of a call cuts it there', async () => {
    await using cluster = await createCluster(SMALL)
    await cluster.apply([web(3) as never])
    const { age } = cluster
    await cluster.settle()
    await using fork = cluster.fork(1000 + Number.parseFloat(age) * 1000)
    await fork.ready()
    expect(Number.parseFloat(fork.age)).toBeCloseTo(Number.parseFloat(age) + 1, 5)
    expect(fork.pods({ app: 'web' }).filter(({ ready }) => ready)).toHaveLength(0)
    await fork.settle()
    expect(fork.traceHash).toBe(cluster.traceHash)
    await using again = fork.fork()
    await again.ready()
    expect(again.traceHash).toBe(cluster.traceHash)
  })

  test('programs are shared; what they keep outside the container is found out as the first event that differs', async () => {
    let asked = 0
    const image = fetchImage('team/odd', () => new Response(null, { status: ++asked > 1 ? 500 : 200 }), { port: 80 })
    await using cluster = await createCluster({ ...SMALL, images: [image] })
    await cluster.apply(
      '{ apiVersion: v1, kind: Pod, metadata: { name: odd }, spec: { containers: [{ name: main, image: team/odd, readinessProbe: { httpGet: { port: 80 } } }] } }',
    )
    await cluster.settle()
    await using fork = cluster.fork()
    await expect(fork.settle()).rejects.toThrow(
      /^Failed to run the cluster up to its moment again: event \d+, at \d+\.\d+s, is not what it was the first time; it is now "[a-z]+\.[a-z-]+ .*"\. A program may take/,
    )
  })
})

describe('rewind', () => {
  test('the same handles are good before and after, and the future can be another one', async () => {
    await using cluster = await webCluster()
    const snapshot = cluster.snapshot()
    const node = cluster.node('node-2')
    const pod = cluster.pod('client')
    const reply = await pod.fetch('http://web/')
    node.powerOff()
    await cluster.advance('10m')
    expect(node.ready).toBe(false)
    await cluster.rewind(snapshot)
    expect(cluster.traceHash).toBe(snapshot.traceHash)
    expect(node.isOn).toBe(true)
    expect(node.ready).toBe(true)
    expect((await pod.fetch('http://web/')).pod).toBe(reply.pod)
  })

  test('to a time: the moment before what was given then', async () => {
    await using cluster = await webCluster()
    const { age, traceHash } = cluster
    cluster.pod('client').delete()
    await cluster.settle()
    await cluster.rewind(age)
    expect(cluster.traceHash).toBe(traceHash)
    expect(cluster.pod('client').ready).toBe(true)
    await expect(cluster.rewind('1h')).rejects.toThrow('Failed to rewind the cluster: 1h0m0s has not come yet: it is ')
  })

  test('a load that was started later is gone, one that was started before goes on', async () => {
    await using cluster = await webCluster()
    const before = await cluster.pod('client').startLoad('http://web/', { everyMs: 100 })
    await cluster.advance('1s')
    const snapshot = cluster.snapshot()
    const later = await cluster.pod('client').startLoad('http://web/')
    await cluster.advance('10s')
    await cluster.rewind(snapshot)
    await cluster.advance('1s')
    expect((await before.stop()).requests).toBe(21)
    await expect((async () => later.stop())()).rejects.toThrow('that call is not part of this run any more')
  })
})

describe('snapshots', () => {
  test('API objects can be read as they were', async () => {
    await using cluster = await webCluster()
    const snapshot = cluster.snapshot()
    const names = cluster.pods({ app: 'web' }).map(({ name }) => name)
    await cluster.apply([web(0) as never])
    await cluster.settle()
    expect(cluster.pods({ app: 'web' })).toHaveLength(0)
    const then = snapshot.client.list(pods, { namespace: 'default', labelSelector: 'app=web' })
    expect(then.items.map(({ metadata }) => metadata.name)).toEqual(names)
    expect(snapshot.age).not.toBe(cluster.age)
  })

  test.each<readonly [name: string, misuse: (cluster: Cluster) => unknown, message: string]>([
    [
      'while time moves',
      (cluster) => [cluster.settle(), cluster.snapshot()],
      'Failed to take a snapshot: time is moving. Await the call before this one.',
    ],
    [
      'of a stopped cluster',
      async (cluster) => [await cluster.stop(), cluster.fork()],
      'Failed to use the cluster: the cluster was stopped. Create another one',
    ],
    [
      'of another cluster',
      async (cluster) => {
        await using other = await createCluster(SMALL)
        return cluster.fork(other.snapshot())
      },
      'Failed to fork the cluster: the snapshot is of another cluster. Take one of this cluster',
    ],
    [
      'of what was done from within',
      async (cluster) => {
        cluster.engine.schedule(0, 'mine', () => cluster.pod('x').delete)
        cluster.engine.schedule(0, 'mine', () => cluster.internet.host('a.example.org', '192.0.2.1'))
        await cluster.advance('1s')
        return cluster.fork()
      },
      'Failed to fork the cluster: cluster.internet.host was called from within the simulation. Give inputs by calls of the cluster',
    ],
  ])('%s is refused', async (_name, misuse, message) => {
    await using cluster = await createCluster(SMALL)
    await expect((async () => misuse(cluster))()).rejects.toThrow(message)
  })
})

describe('inputs are kept as they were given', () => {
  test('what a caller changes later, and changes by function, are not what a fork sees', async () => {
    await using cluster = await createCluster(SMALL)
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'red' } }
    await cluster.apply([manifest])
    manifest.data.colour = 'blue'
    let label = 'one'
    const pod = cluster.pods({}, 'kube-system')[0]
    cluster.client.modify(pods, { namespace: 'kube-system', name: pod?.name ?? '' }, (draft) => {
      draft.metadata.labels = { ...draft.metadata.labels, label }
    })
    label = 'two'
    cluster.client.create(services, {
      metadata: { name: 'made', namespace: 'default' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    })
    cluster.internet.host('www.example.org', '192.0.2.7')
    cluster.flowTraces = false
    await cluster.advance('1s')
    await using fork = await cluster.fork().ready()
    expect(fork.traceHash).toBe(cluster.traceHash)
    expect(fork.pods({ label: 'one' }, 'kube-system')).toHaveLength(1)
    expect(fork.client.get(services, { namespace: 'default', name: 'made' }).metadata.uid).toBe(
      cluster.client.get(services, { namespace: 'default', name: 'made' }).metadata.uid,
    )
    expect(fork.internet.names).toEqual(['www.example.org.'])
    expect(fork.flowTraces).toBe(false)
  })

  test('what is given while time moves comes at the same moment again', async () => {
    await using cluster = await webCluster()
    const moving = cluster.pod('client').exec('for i in 1 2 3; do wget -qO- http://web/; sleep 1; done')
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    cluster.pods({ app: 'web' })[0]?.delete()
    await moving
    await cluster.settle()
    await using fork = await cluster.fork().ready()
    expect(fork.traceHash).toBe(cluster.traceHash)
  })

  test('an nginx outside runs in the fork too, and can be stopped after going back', async () => {
    await using cluster = await createCluster(SMALL)
    const nginx = await cluster.external.nginx('server { listen 8088; return 200 "outside\\n"; }')
    const snapshot = cluster.snapshot()
    const asks = async (one: Cluster): Promise<string> =>
      one.external.fetch('http://127.0.0.1:8088/').then((reply) => reply.text(), String)
    await using fork = cluster.fork()
    expect([await asks(cluster), await asks(fork)]).toEqual(['outside\n', 'outside\n'])
    nginx.stop()
    expect(await asks(cluster)).toContain('connection refused')
    await cluster.rewind(snapshot)
    expect(await asks(cluster)).toBe('outside\n')
    nginx.stop()
    expect(await asks(cluster)).toContain('connection refused')
    expect(await asks(fork)).toBe('outside\n')
  })

  test('whoever prints a cluster or asks what it has may go on', async () => {
    await using cluster = await createCluster({ bare: true })
    expect([String(cluster), String(cluster.client)]).toEqual(['cluster', 'cluster.client'])
    expect(Object.prototype.hasOwnProperty.call(cluster, 'x') || JSON.stringify(cluster)).toBe('{}')
    await cluster.fork().stop()
  })

  test('what was refused is refused again, and changes nothing', async () => {
    await using cluster = await createCluster(SMALL)
    await expect(
      cluster.apply('{ apiVersion: v1, kind: Pod, metadata: { name: bad }, spec: { containers: [] } }'),
    ).rejects.toThrow('spec.containers')
    expect(() => cluster.client.get(pods, { namespace: 'default', name: 'nobody' })).toThrow('not found')
    await expect(cluster.external.fetch('http://nowhere.test/')).rejects.toThrow('could not resolve host')
    await using fork = await cluster.fork().ready()
    expect(fork.traceHash).toBe(cluster.traceHash)
  })
})
