// The image's own program beside the container's shell: as process 1, started by a script, told to reload; and who may be executed.

import { configMaps, type Client, type Container } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createKubeletWorld, seconds, type KubeletWorld } from './kubelet-world.suite.ts'

const nginx = (more: Partial<Container> = {}): { readonly containers: readonly Container[] } => ({
  containers: [{ name: 'main', image: 'nginx', ...more }],
})

/** Output and errors of `script` run in the pod's container. */
async function sh({ kubelet, driver }: KubeletWorld, script: string): Promise<string> {
  const running = kubelet.pod('default', 'web')?.slot('main')?.running
  const done = running?.exec(['sh', '-c', script])
  return done === undefined ? 'not running' : (await driver.wait(done)).output
}

const configMap = (client: Client, data: Readonly<Record<string, string>>): void => {
  const metadata = { namespace: 'default', name: 'config' }
  if (client.find(configMaps, metadata) === undefined) client.create(configMaps, { metadata, data })
  else client.modify(configMaps, metadata, (draft) => void (draft.data = { ...data }))
}

test('the program is process 1: ps shows it, KILL from inside does nothing, TERM ends the container', async () => {
  const world = createKubeletWorld()
  world.create('web', nginx())
  await world.driver.settle()
  expect(await sh(world, 'ps | grep nginx | grep -v grep; kill -9 1; echo still here')).toBe(
    '    1 root      0:00 nginx: master process nginx -g daemon off;\nstill here\n',
  )
  expect(await sh(world, 'kill 1; sleep 5; echo never')).toBe('')
  await world.driver.settle()
  expect(world.get('web').status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 0, reason: 'Completed' } },
  })
})

test('a script starts the program, which serves, logs, and ends with its process', async () => {
  const world = createKubeletWorld()
  const script =
    'echo from the script > /usr/share/nginx/html/index.html && nginx -g "daemon off;"; echo ended $?; exit 4'
  world.create('web', { ...nginx({ command: ['sh', '-c', script] }), restartPolicy: 'Never' })
  await world.driver.settle()
  expect(await sh(world, 'curl -s localhost; ps | sed -n "s/^ *2 root *0:00 //p"')).toBe(
    'from the script\nnginx -g daemon off;\n',
  )
  expect(await sh(world, 'kill 2; sleep 1; echo never')).toBe('')
  await world.driver.settle()
  const log = world.kubelet.pod('default', 'web')?.slot('main')?.log?.read({ timestamps: false }) ?? ''
  expect(log).toMatch(/^127\.0\.0\.1 - - \[.*\] "GET \/ HTTP\/1\.1" 200 16 .*\nended 0\n$/)
  expect(world.get('web').status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4)
})

test('exec makes the program process 1 of its container: it takes QUIT as nginx does', async () => {
  const world = createKubeletWorld()
  world.create('web', nginx({ command: ['sh', '-c', 'exec nginx -g "daemon off;"'] }))
  await world.driver.settle()
  expect(await sh(world, 'ps | sed -n "s/^ *1 root *0:00 //p"; kill -QUIT 1; sleep 5; echo never')).toBe(
    'nginx -g daemon off;\n',
  )
  await world.driver.settle()
  expect(world.get('web').status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(0)
})

test('nginx -t, -v and -s reload', async () => {
  const world = createKubeletWorld()
  const site = (text: string): string => `server { listen 80; location / { return 200 "${text}\\n"; } }`
  configMap(world.client, { 'site.conf': site('first') })
  world.create('web', {
    volumes: [{ name: 'config', configMap: { name: 'config' } }],
    ...nginx({ volumeMounts: [{ name: 'config', mountPath: '/etc/nginx/conf.d' }] }),
  })
  await world.driver.settle()
  expect(await sh(world, 'nginx -v; nginx -t; curl -s localhost')).toBe(
    'nginx version: nginx/1.27.5\nnginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n' +
      'nginx: configuration file /etc/nginx/nginx.conf test is successful\nfirst\n',
  )
  configMap(world.client, { 'site.conf': site('second') })
  expect(await sh(world, 'curl -s localhost; nginx -s reload 2> /dev/null; curl -s localhost')).toBe('first\nsecond\n')
  configMap(world.client, { 'site.conf': 'server { listen 80' })
  expect(await sh(world, 'nginx -t; echo $?; nginx -s reload 2> /dev/null; curl -s localhost')).toMatch(
    /^nginx: \[emerg\] .*\nnginx: configuration file \/etc\/nginx\/nginx.conf test failed\n1\nsecond\n$/,
  )
})

test.each([
  { name: '0644, as volumes have it', mode: {}, state: { exitCode: 128, reason: 'StartError' } },
  { name: 'defaultMode 0755', mode: { defaultMode: 0o755 }, state: { exitCode: 3, reason: 'Error' } },
  {
    name: 'the mode of an item',
    mode: { items: [{ key: 'run.sh', path: 'run.sh', mode: 0o555 }] },
    state: { exitCode: 3, reason: 'Error' },
  },
])('a script of a ConfigMap is executed by its mode: $name', async ({ mode, state }) => {
  const world = createKubeletWorld()
  configMap(world.client, { 'run.sh': '#!/bin/sh\nexit 3\n' })
  world.create('web', {
    restartPolicy: 'Never',
    volumes: [{ name: 'scripts', configMap: { name: 'config', ...mode } }],
    containers: [
      {
        name: 'main',
        image: 'busybox',
        command: ['/scripts/run.sh'],
        volumeMounts: [{ name: 'scripts', mountPath: '/scripts' }],
      },
    ],
  })
  await world.driver.advance(seconds(10))
  expect(world.get('web').status?.containerStatuses?.[0]?.state?.terminated).toMatchObject(state)
})
