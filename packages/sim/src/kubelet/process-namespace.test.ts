// Who sees whose processes: a container its own, a pod with shareProcessNamespace those of all its containers; and what /proc and
// the files of the image's family say.

import type { Pod } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { createKubeletWorld, seconds, type KubeletWorld } from './kubelet-world.suite.ts'

async function sh({ kubelet, driver }: KubeletWorld, container: string, script: string): Promise<string> {
  const done = kubelet.pod('default', 'web')?.slot(container)?.running?.exec(['sh', '-c', script])
  return done === undefined ? 'not running' : (await driver.wait(done)).output
}

/** A pod whose sleep nobody waits for, unless its restart policy makes it work to be done. */
async function world(spec: Partial<Pod['spec']> = {}): Promise<KubeletWorld> {
  const made = createKubeletWorld()
  const containers = [
    { name: 'main', image: 'nginx' },
    { name: 'side', image: 'busybox', command: ['sleep', '100000'] },
  ]
  made.create('web', { containers, ...spec })
  await made.driver.advance(seconds(10))
  return made
}

const LIST = 'ps | sed -n "s/^ *\\([0-9]*\\) root *0:00 /\\1 /p" | grep -v "sh -c\\|ps\\|sed"'

describe('processes', () => {
  test('a container sees its own alone', async () => {
    const pod = await world()
    expect(await sh(pod, 'side', LIST)).toBe('1 sleep 100000\n')
  })

  test('a shared namespace has the sandbox first, then all containers in the order they started', async () => {
    const pod = await world({ shareProcessNamespace: true })
    const all = '1 /pause\n2 nginx: master process nginx -g daemon off;\n3 sleep 100000\n'
    expect(await sh(pod, 'side', LIST)).toBe(all)
    expect(await sh(pod, 'main', LIST)).toBe(all)
  })

  test('a sidecar may signal its neighbour, and nobody is protected as process 1', async () => {
    const pod = await world({ shareProcessNamespace: true, restartPolicy: 'Never' })
    expect(await sh(pod, 'side', 'kill -9 2; sleep 1; ps | grep -c "[n]ginx:"')).toBe('0\n')
    const terminated = (): readonly (number | undefined)[] =>
      (pod.get('web').status?.containerStatuses ?? []).map(({ state }) => state?.terminated?.exitCode)
    await pod.driver.advance(seconds(5))
    expect(terminated()).toEqual([137, undefined])
    // sleep has no handler: alone it would be process 1 and take no notice of TERM.
    await sh(pod, 'side', 'kill 3')
    await pod.driver.advance(seconds(5))
    expect(terminated()).toEqual([137, 143])
  })
})

test.each([
  { file: '/proc/1/cmdline', script: "tr '\\0' ' ' < /proc/1/cmdline", out: 'sleep 100000 ' },
  { file: '/proc/1/comm', script: 'cat /proc/1/comm', out: 'sleep\n' },
  { file: '/proc/1/status', script: 'head -n 1 /proc/1/status', out: 'Name:\tsleep\n' },
  { file: '/proc/cpuinfo', script: 'grep -c ^processor /proc/cpuinfo', out: '2\n' },
  { file: '/proc/sys/kernel/hostname', script: 'cat /proc/sys/kernel/hostname', out: 'web\n' },
  {
    file: '/proc is read-only',
    script: 'echo x > /proc/version',
    out: "sh: can't create /proc/version: Read-only file system\n",
  },
  { file: '/etc/passwd', script: 'cut -d: -f1 /etc/passwd | head -n 1', out: 'root\n' },
])('$file', async ({ script, out }) => {
  expect(await sh(await world(), 'side', script)).toBe(out)
})

test.each([
  { image: 'alpine', out: 'ID=alpine\n' },
  { image: 'debian', out: 'ID=debian\n' },
  { image: 'busybox', out: 'cat: /etc/os-release: No such file or directory\n' },
])('$image calls its system by its name', async ({ image, out }) => {
  const pod = await world({ containers: [{ name: 'main', image, command: ['sleep', '100000'] }] })
  expect(await sh(pod, 'main', 'cat /etc/os-release | grep ^ID=')).toBe(out)
})
