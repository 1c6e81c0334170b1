import { describe, expect, test } from 'vitest'
import { webCluster } from '../faults/fault-world.suite.ts'

const client = 'client'

describe('load', () => {
  test('steady from a pod: every request, who answered, how fast, as text and as data', async () => {
    await using cluster = await webCluster()
    const load = await cluster.pod(client).startLoad('http://web/', { rate: 20, for: '5s' })
    const report = await load.finished()
    expect([report.requests, report.answered, report.lost.length]).toEqual([100, 100, 0])
    expect([...report.receivers.keys()].sort()).toEqual(
      cluster
        .pods({ app: 'web' })
        .map(({ name }) => `default/${name}`)
        .sort(),
    )
    const [first] = report.log
    expect(first).toMatchObject({ outcome: 'ok', status: 200, latencyUs: 760 })
    expect(first?.why).toMatch(/^default\/web-\S+ answered 200$/)
    expect(first?.endpoint).toMatch(/^10\.244\.\d\.\d+:80$/)
    const [one, other] = [...report.receivers].map(
      ([name, count]) => `  ${name.padEnd(36)}${String(count).padStart(8)}\n`,
    )
    expect(report.toText()).toBe(
      '100 requests, 100 answered, 0 lost\noutcomes\n  ok                                       100\n' +
        `answered by\n${one ?? ''}${other ?? ''}latency  p50 0.76ms  p90 0.76ms  p99 0.76ms  p100 0.76ms\n` +
        '  ≤ 1ms                                    100  ########################\n',
    )
    expect(report.toJSON()).toMatchObject({ requests: 100, outcomes: { ok: 100 }, latencyMs: { p99: 0.76 }, lost: [] })
  })

  test('a ramp from outside, and a closed loop from a node', async () => {
    await using cluster = await webCluster()
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'outside' },
      spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, nodePort: 30080 }] },
    })
    await cluster.settle()
    const ramp = await cluster.external.startLoad('http://172.18.0.2:30080/', {
      ramp: { from: 0, to: 20, over: '10s' },
    })
    await cluster.advance('10s')
    const rising = await ramp.stop()
    const early = rising.log.filter(({ sentUs }) => sentUs < (rising.log[0]?.sentUs ?? 0) + 5_000_000).length
    // A quarter of the area lies under the first half.
    expect([rising.requests, early, rising.answered]).toEqual([101, 25, 101])
    const { ip } = cluster.pods({ app: 'web' })[0] ?? {}
    const loop = await cluster.node('node-1').startLoad(`http://${ip ?? ''}/`, { clients: 3, thinkMs: 100, for: '1s' })
    const { requests, outcomes } = await loop.finished()
    // Under 1 ms for an answer, then 100 ms of thinking: ten rounds a client.
    expect([requests, outcomes.get('ok')]).toEqual([30, 30])
  })

  test.each([
    ['refused', 'no endpoints', 'REJECT: default/nobody has no endpoints'],
    ['timeout', 'partition', 'DROP: partition pod/default/client | pod/default/web-'],
    ['dns', 'no DNS', 'the name web was not resolved: 10.96.0.10 did not answer'],
    ['5xx', 'a program that fails', 'answered 503'],
    ['reset', 'a crash on the way', 'default/web-'],
  ])('outcome %s: %s', async (outcome, how, sentence) => {
    await using cluster = await webCluster()
    let url = 'http://web/'
    const [pod, second] = cluster.pods({ app: 'web' })
    if (pod === undefined || second === undefined) throw new Error('there are two')
    if (how === 'no endpoints') {
      url = 'http://nobody/'
      const spec = { selector: { app: 'nobody' }, ports: [{ port: 80 }] }
      await cluster.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'nobody' }, spec })
    }
    if (how === 'a program that fails') {
      cluster.images.registerFetch('broken', () => new Response('no', { status: 503 }), { port: 80 })
      const spec = { containers: [{ name: 'broken', image: 'broken', ports: [{ containerPort: 80 }] }] }
      await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'broken' }, spec })
    }
    await cluster.settle()
    if (how === 'a program that fails') url = `http://${cluster.pod('broken').ip ?? ''}/`
    const lookup = outcome === 'dns' ? 'each' : 'once'
    const load = await cluster.pod(client).startLoad(url, { rate: 10, lookup })
    await cluster.advance('1s')
    if (how === 'partition') cluster.faults.partition('default/client', [pod, second])
    if (how === 'no DNS') cluster.faults.partition('default/client', '*')
    if (how === 'a crash on the way') {
      cluster.faults.delay('20ms', 'default/client', [pod, second])
      await cluster.advance('250ms')
      for (const one of [pod, second]) cluster.faults.containerCrash(one)
    }
    await cluster.advance('1s')
    const report = await load.stop()
    const lost = report.lost.filter((one) => one.outcome === outcome)
    expect(lost.length, report.explain()).toBeGreaterThan(0)
    expect(lost.map((one) => one.sentence).join('\n')).toContain(sentence)
    expect(report.answered + report.lost.length).toBe(report.requests)
  })

  test('a name that does not resolve at the start, and options that are none, are refused', async () => {
    await using cluster = await webCluster()
    const pod = cluster.pod(client)
    await expect(pod.startLoad('http://nothing/')).rejects.toThrow(
      'Failed to fetch http://nothing/ from pod default/client: could not resolve host nothing.',
    )
    await expect(pod.startLoad('http://web/', { requests: 0 })).rejects.toThrow(
      'Failed to call cluster.pod("client").startLoad(): requests is 0. Give a whole number from 1.',
    )
    await expect(pod.startLoad('http://web/', { timeoutMs: -1 })).rejects.toThrow('timeoutMs is -1')
    const endless = await pod.startLoad('http://web/')
    await expect(endless.finished()).rejects.toThrow(
      'Failed to wait for a load to end: it goes on until it is stopped. Give it for or requests, or stop it.',
    )
    const three = await pod.startLoad('http://web/', { requests: 3, clients: 2 })
    expect((await three.finished()).requests).toBe(3)
    expect((await endless.stop()).lost).toEqual([])
  })
})
