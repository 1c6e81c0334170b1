// Events that say what a pod asks for and does not get, in upstream's words.

import { configMaps, secrets, type Pod, type PodSpec } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createKubeletWorld, seconds } from './kubelet-world.suite.ts'

const nginx = { containers: [{ name: 'main', image: 'nginx' }] }
const mounted = (volume: NonNullable<PodSpec['volumes']>[number]): Partial<PodSpec> => ({
  volumes: [volume],
  containers: [{ name: 'main', image: 'nginx', volumeMounts: [{ name: volume.name, mountPath: '/v' }] }],
})

test.each([
  {
    name: 'an image that has no name',
    spec: { containers: [{ name: 'main', image: 'UPPER/Case' }] },
    events: [
      `InspectFailed: Failed to apply default image tag "UPPER/Case": couldn't parse image name "UPPER/Case": invalid reference format`,
      'Failed: Error: InvalidImageName',
    ],
    phase: 'Pending',
  },
  {
    name: 'an image that may not be pulled',
    spec: { containers: [{ name: 'main', image: 'nginx:1', imagePullPolicy: 'Never' }] },
    events: [
      'ErrImageNeverPull: Container image "nginx:1" is not present with pull policy of Never',
      'Failed: Error: ErrImageNeverPull',
    ],
    phase: 'Pending',
  },
  {
    name: 'pull secrets that are not there',
    spec: { ...nginx, imagePullSecrets: [{ name: 'there' }, { name: 'one' }, { name: 'two' }] },
    events: [
      'FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (one, two); attempting to pull the image may not succeed.',
    ],
    phase: 'Running',
  },
  {
    name: 'the process namespace of the node',
    spec: { ...nginx, hostPID: true },
    events: ['NotSimulated: podwire does not simulate hostPID: it has no effect'],
    phase: 'Running',
  },
  {
    name: 'a key that the ConfigMap of a volume does not have',
    spec: mounted({ name: 'v', configMap: { name: 'there', items: [{ key: 'gone', path: 'x' }] } }),
    events: [
      'FailedMount: MountVolume.SetUp failed for volume "v" : configmap references non-existent config key: gone',
    ],
    phase: 'Pending',
  },
  {
    name: 'a key that the Secret of a projection does not have',
    spec: mounted({
      name: 'v',
      projected: { sources: [{ secret: { name: 'there', items: [{ key: 'gone', path: 'x' }] } }] },
    }),
    events: ['FailedMount: MountVolume.SetUp failed for volume "v" : references non-existent secret key: gone'],
    phase: 'Pending',
  },
  {
    name: 'an optional key',
    spec: mounted({ name: 'v', configMap: { name: 'there', optional: true, items: [{ key: 'gone', path: 'x' }] } }),
    events: [],
    phase: 'Running',
  },
] satisfies readonly {
  readonly name: string
  readonly spec: Partial<PodSpec>
  readonly events: readonly string[]
  readonly phase: NonNullable<Pod['status']>['phase']
}[])('$name', async ({ spec, events, phase }) => {
  const world = createKubeletWorld()
  const metadata = { namespace: 'default', name: 'there' }
  world.client.create(configMaps, { metadata, data: { key: '1' } })
  world.client.create(secrets, { metadata, data: { key: 'MQ==' } })
  world.create('web', spec)
  await world.driver.advance(seconds(5))
  const unusual = world.eventsOf('web').filter((text) => !/^(Pulling|Pulled|Created|Started)/.test(text))
  expect([...new Set(unusual)]).toEqual(events)
  expect(world.get('web').status?.phase).toBe(phase)
})

test('a pod whose key comes later starts then', async () => {
  const world = createKubeletWorld()
  const metadata = { namespace: 'default', name: 'there' }
  world.client.create(configMaps, { metadata, data: {} })
  world.create('web', mounted({ name: 'v', configMap: { name: 'there', items: [{ key: 'late', path: 'x' }] } }))
  await world.driver.advance(seconds(5))
  expect(world.get('web').status?.phase).toBe('Pending')
  world.client.modify(configMaps, metadata, (draft) => void (draft.data = { late: 'here' }))
  await world.driver.advance(seconds(10))
  expect(world.get('web').status?.phase).toBe('Running')
})
