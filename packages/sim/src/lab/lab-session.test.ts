// Does `check` tell the truth? Solutions that look right and are none, and right ones that are not the lab's own.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configMaps, deployments } from '@podwire/apiserver'
import { VirtualTimeDriver } from '@podwire/engine'
import { shippedFolder } from '../document/shipped-folder.ts'
import { Cluster } from '../sdk/cluster.ts'
import { bootLab } from './boot-lab.ts'
import { LabSession } from './lab-session.ts'
import { readLab } from './read-lab.ts'

const kubia = { namespace: 'default', name: 'kubia' }
const probe = '/spec/template/spec/containers/0/readinessProbe'

test.each([
  {
    lab: '14-readiness',
    solution: 'no probe, no trouble',
    by: ({ client }: Cluster) => client.patch(deployments, kubia, 'json', [{ op: 'remove', path: probe }]),
    right: [false, true, true, true],
  },
  {
    lab: '24-broken-probe',
    solution: 'a probe that connects in place of one that asks',
    by: ({ client }: Cluster) => {
      const value = { tcpSocket: { port: 8080 } }
      return client.patch(deployments, kubia, 'json', [{ op: 'replace', path: probe, value }])
    },
    right: [true, true, true],
  },
  {
    lab: '24-broken-probe',
    solution: 'no probe',
    by: ({ client }: Cluster) => client.patch(deployments, kubia, 'json', [{ op: 'remove', path: probe }]),
    right: [true, true, false],
  },
  {
    lab: '12-ipvs',
    solution: 'the mode in single quotes, and kube-proxy not restarted',
    by: ({ client }: Cluster) =>
      client.modify(configMaps, { namespace: 'kube-system', name: 'kube-proxy' }, ({ data }) => {
        if (data !== undefined) data['config.conf'] = (data['config.conf'] ?? '').replace(/mode: .*/, "mode: 'ipvs'")
      }),
    right: [true, false, expect.anything(), true, false],
  },
])('$lab: $solution', async ({ lab, by, right }) => {
  const read = readLab(join(shippedFolder('labs'), lab))
  const composition = await bootLab(read)
  const cluster = new Cluster(composition, new VirtualTimeDriver(composition.engine))
  by(cluster)
  await cluster.advance('2m')
  const { tasks } = await new LabSession(read, cluster).check()
  expect(tasks.map(({ ok }) => ok)).toEqual(right)
})
