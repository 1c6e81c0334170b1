// What a caller does wrong is one sentence: what failed, why, and what to do.

import { inspect } from 'node:util'
import { PodwireError } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import { createCluster, type Cluster } from '@podwire/sim'

const cluster = await createCluster({ nodes: 1, ingress: false })
const stopped = await createCluster({ bare: true })
await stopped.stop()

// Callers in JavaScript give anything.
const wrong = (value: unknown): never => value as never

describe('misuse', () => {
  test.each<readonly [name: string, misuse: () => unknown, message: RegExp]>([
    [
      'a pod that is not there',
      () => cluster.pod('nobody').ip,
      /^Failed to use pod default\/nobody: there is no such pod\. Look at cluster\.pods\(\)\.$/,
    ],
    ['a request from it', () => cluster.pod('nobody').fetch('http://web/'), /there is no such pod/],
    [
      'no pod at all',
      () => cluster.pod(wrong(undefined)),
      /^Failed to use the pod undefined: it has no name\. Say cluster\.pod\('name'\) or cluster\.pod\('namespace\/name'\)\.$/,
    ],
    ['a number of another kind', () => cluster.pod(wrong(10n)), /^Failed to use the pod 10: it has no name/],
    [
      'a command of no texts',
      () => cluster.external.exec(wrong([{}])),
      /^Failed to run a command on external: \[ \{\} \] is/,
    ],
    [
      'a trace of a fork that has not run',
      () => cluster.fork().trace(),
      /^Failed to use a fork at once: it has not run up to its moment yet/,
    ],
    ['an empty name', () => cluster.pod('default/'), /it has no name/],
    [
      'a node that is not there',
      () => cluster.node('node-9'),
      /^Failed to use node node-9: there is no such node\. There are node-1\.$/,
    ],
    ['a place that is none', () => cluster.place('nodes/a/b'), /it is no place in the cluster\. Say external/],
    [
      'a duration that is none',
      () => cluster.advance(wrong('soon')),
      /^Failed to call cluster\.advance\(\): duration is "soon"\. Give milliseconds, or a text such as '30s'/,
    ],
    [
      'a time that is none',
      () => cluster.rewind(wrong({})),
      /^Failed to rewind the cluster: \{\} is neither a snapshot nor a time\. Give cluster\.snapshot\(\), or a virtual time such as '30s'\.$/,
    ],
    ['nothing to rewind to', () => cluster.rewind(wrong(undefined)), /undefined is neither a snapshot nor a time/],
    [
      'a fork at nowhere',
      () => cluster.fork(wrong('later')),
      /^Failed to fork the cluster: "later" is neither a snapshot nor a time\./,
    ],
    [
      'a file without a name',
      () => cluster.save(wrong(undefined)),
      /^Failed to save the cluster: undefined is no path\. Say cluster\.save\('case\.json'\)\.$/,
    ],
    [
      'a manifest that is none',
      () => cluster.apply(wrong(7)),
      /is no object\. A manifest has apiVersion, kind and metadata\.$/,
    ],
    ['an empty manifest', () => cluster.apply(' \n'), /^Failed to read manifests: the text is empty\. Give YAML text/],
    [
      'a file that is not there',
      () => cluster.apply('nowhere.yaml'),
      /there is no file or folder nowhere\.yaml\. Give a path that exists/,
    ],
    ['a URL that is none', () => cluster.external.fetch('kubia'), /^Failed to /],
    ['no URL', () => cluster.external.fetch(wrong(undefined)), /^Failed to .*undefined/],
    [
      'no command',
      () => cluster.external.exec([]),
      /^Failed to run a command on external: there is none\. Say exec\('curl http:\/\/web\/'\) or exec\(\['curl', 'http:\/\/web\/'\]\)\.$/,
    ],
    [
      'a command that is none',
      () => cluster.external.exec(wrong(undefined)),
      /^Failed to run a command on external: there is none\./,
    ],
    [
      'two calls at a time',
      () => {
        const first = cluster.external.exec('sleep 1')
        return cluster.advance('1s').finally(() => first)
      },
      /^Failed to move time: time is already moving\. Await the earlier call before the next one\.$/,
    ],
    [
      'a stopped cluster, asked to move',
      () => stopped.settle(),
      /^Failed to use cluster\.settle\(\): the cluster was stopped\. Create another one, or fork it before it is stopped\.$/,
    ],
    ['a stopped cluster, given objects', () => stopped.apply([]), /the cluster was stopped/],
    [
      'a guard that is none',
      () => createCluster({ guard: wrong('yes') }),
      /^Failed to create a cluster: guard is "yes"\. Give 'throw', 'warn' or 'off'\.$/,
    ],
    [
      'invariants that are none',
      () => createCluster({ invariants: wrong('all') }),
      /^Failed to create a cluster: invariants is "all"\. Give true or false, or a list of them\.$/,
    ],
    [
      'half a node',
      () => createCluster({ nodes: 0.5 }),
      /^Failed to create a cluster: nodes is 0\.5\. Give a whole number from 1 to 5000, or a list of what each is like\.$/,
    ],
  ])('%s', async (_name, misuse, message) => {
    const error: unknown = await (async () => misuse())().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PodwireError)
    expect((error as PodwireError).message).toMatch(message)
  })

  test('what is printed of it is the sentence and the line of the call, and nothing from inside', async () => {
    const misuse: readonly (() => unknown)[] = [
      () => cluster.node('node-9'),
      () => cluster.external.fetch('http://172.18.0.2:1/', wrong({ retry: 1 })),
    ]
    for (const one of misuse) {
      const error = await Promise.resolve()
        .then(one)
        .catch((thrown: unknown) => thrown)
      const [sentence, first = ''] = inspect(error).split('\n')
      expect(sentence).toMatch(/^PodwireError: Failed to .*\.$/)
      expect(first).toContain('misuse.test.ts')
      expect(inspect(error)).not.toContain('remedy')
    }
    const failed: unknown = await cluster.external.fetch('http://172.18.0.2:1/').catch((thrown: unknown) => thrown)
    expect((failed as Error).message).toBe(
      'Failed to fetch http://172.18.0.2:1/ from external: connection refused. Why: refused: nobody listens on tcp 172.18.0.2:1 of node/node-1. The whole way: error.flow.explain().',
    )
    expect(inspect(failed)).not.toContain('steps')
  })

  test('a request that was given up leaves nothing to wait for', async () => {
    await cluster.settle()
    const before = cluster.engine.clock.now()
    await expect(cluster.external.fetch('http://10.96.0.1/', { timeoutMs: 1000 })).rejects.toThrow('timed out')
    await cluster.settle()
    expect(cluster.engine.clock.now() - before).toBe(1_000_000)
  })

  test('and the cluster goes on as if nothing had happened', async () => {
    await cluster.settle()
    await using fork = await cluster.fork().ready()
    expect(fork.traceHash).toBe(cluster.traceHash)
    const everything: Cluster = cluster
    await everything.stop()
    await everything.stop()
  })
})
