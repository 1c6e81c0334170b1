// A property over random inputs: forked at random points, a cluster and its fork have the same future while they are given the same,
// and another one from the first input that differs. A failure prints the seed; FUTURES_SEED=7 runs it again.

import { Random } from '@podwire/engine'
import { expect, test } from 'vitest'
import { createCluster, type Cluster } from '@podwire/sim'

type Step = (cluster: Cluster) => unknown

const deployment = (replicas: number): never =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { terminationGracePeriodSeconds: 2, containers: [{ name: 'web', image: 'luksa/kubia' }] },
      },
    },
  }) as never

/** One input, drawn: the same draw is the same input to any cluster in the same state. */
function drawStep(random: Random): Step {
  const node = `node-${random.integer(1, 3)}`
  const amount = random.integer(1, 4)
  const steps: readonly Step[] = [
    (cluster) => cluster.apply([deployment(amount)]),
    (cluster) => cluster.advance(`${amount * 7}s`),
    (cluster) => cluster.settle(),
    (cluster) => cluster.pods({ app: 'web' })[0]?.delete(),
    (cluster) => (amount > 2 ? cluster.node(node).powerOff() : cluster.node(node).powerOn()),
    (cluster) => (amount > 2 ? cluster.node(node).cordon() : cluster.node(node).uncordon()),
    (cluster) =>
      cluster
        .node('node-1')
        .fetch('http://10.96.0.10:9153/metrics', { timeoutMs: 500 })
        .catch(() => undefined),
    (cluster) => cluster.external.exec(`sleep ${amount}; hostname`),
    (cluster) => cluster.internet.host(`www${amount}.example.org`, `192.0.2.${amount}`),
  ]
  return random.pick(steps)
}

const base = Number(process.env['FUTURES_SEED'] ?? '1')

test.each([base, base + 1, base + 2, base + 3])('FUTURES_SEED=%i', async (seed) => {
  const random = new Random(seed)
  await using cluster = await createCluster({ nodes: 3, ingress: false, seed, invariants: true })
  for (let i = 0; i < 5; i++) await drawStep(random)(cluster)
  await using fork = cluster.fork()
  const snapshot = cluster.snapshot()
  for (let i = 0; i < 4; i++) {
    const step = drawStep(random)
    await step(cluster)
    await step(fork)
    await Promise.all([cluster.ready(), fork.ready()])
    expect(fork.traceHash, `FUTURES_SEED=${seed}, step ${i} after the fork`).toBe(cluster.traceHash)
  }
  await fork.apply([deployment(7)])
  expect(fork.traceHash).not.toBe(cluster.traceHash)
  await cluster.rewind(snapshot)
  expect(cluster.traceHash).toBe(snapshot.traceHash)
})
