// The journal is whole only if every call that changes a run is known: each public member of what users hold is in the table.

import { expect, test } from 'vitest'
import { createCluster } from '@podwire/sim'
import { Cluster } from '../sdk/cluster.ts'
import { HostHandle } from '../sdk/host-handle.ts'
import { NodeHandle } from '../sdk/node-handle.ts'
import { PodHandle } from '../sdk/pod-handle.ts'
import { Internet } from '../internet/index.ts'
import { LiveRun } from './live-run.ts'
import { SURFACE, type Kind } from './surface.ts'

/** Of the classes' own making, or called by `await using`. */
const INTERNAL: ReadonlySet<string> = new Set(['constructor', 'context', 'parts'])

/** Names of the members of a class and the classes it extends, and the fields of one object of it. */
function membersOf(one: object): readonly string[] {
  const names = new Set<string>(Object.keys(one))
  for (
    let part: unknown = Object.getPrototypeOf(one);
    part !== null && part !== Object.prototype;
    part = Object.getPrototypeOf(part)
  ) {
    for (const name of Object.getOwnPropertyNames(part)) names.add(name)
  }
  return [...names].filter((name) => !INTERNAL.has(name))
}

test('every member of what a cluster gives is an input, a look, or a way to another part', async () => {
  const run = new LiveRun({ options: { nodes: 1, ingress: false } })
  await run.cluster.settle()
  const { cluster } = run
  const parts: Readonly<Record<Exclude<Kind, 'load' | 'fault' | 'nginx'>, object>> = {
    cluster,
    host: cluster.external,
    node: cluster.node('node-1'),
    pod: cluster.pod('kube-system/coredns'),
    client: cluster.client,
    internet: cluster.internet,
    images: cluster.images,
    faults: cluster.faults,
  }
  expect([parts.cluster, parts.host, parts.node, parts.pod, parts.internet]).toEqual([
    expect.any(Cluster),
    expect.any(HostHandle),
    expect.any(NodeHandle),
    expect.any(PodHandle),
    expect.any(Internet),
  ])
  for (const [kind, part] of Object.entries(parts)) {
    const known = new Set(Object.keys(SURFACE[kind as Kind]))
    const missing = membersOf(part).filter((name) => !known.has(name))
    expect(missing.map((name) => `${kind}.${name}: say in travel/surface.ts whether it changes the run`)).toEqual([])
    expect(
      [...known].filter((name) => !(name in part)),
      `${kind}: no such member any more`,
    ).toEqual([])
  }
  run.stop()
})

test('a member that is in no table works, but the cluster can be neither forked nor saved then', async () => {
  const members = SURFACE.pod as Record<string, unknown>
  const { delete: known } = members
  Reflect.deleteProperty(members, 'delete')
  try {
    await using cluster = await createCluster({ nodes: 1, ingress: false })
    cluster.pods({}, 'kube-system')[0]?.delete()
    await cluster.settle()
    expect(() => cluster.fork()).toThrow(
      /Failed to fork the cluster: cluster\.pod\("kube-system\/.*"\)\.delete\(\) was called, which no journal records\./,
    )
  } finally {
    members['delete'] = known
  }
})
