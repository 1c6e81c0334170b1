// Logs as the API server asks a kubelet for them: which run, which lines, and the kubelet's words when there is none.

import { KubeletRefusal, type LogRequest } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { createKubeletWorld, type KubeletWorld } from './kubelet-world.suite.ts'
import { createNodeConnection } from './node-connection.ts'

interface Heard {
  text: string
  ended: boolean
}

function ask(world: KubeletWorld, pod: string, request: Partial<LogRequest>): Heard & { stop(): void } {
  const connection = createNodeConnection(
    () => world.kubelet,
    () => world.fabric.nodeNetwork('node-1'),
  )
  const heard: Heard = { text: '', ended: false }
  const all = { container: 'main', follow: false, previous: false, timestamps: false, ...request }
  const log = connection.logs(
    world.get(pod),
    all,
    (bytes) => (heard.text += Buffer.from(bytes).toString()),
    () => (heard.ended = true),
  )
  return Object.assign(heard, { stop: () => log.stop() })
}

function refusal(work: () => unknown): string {
  try {
    work()
    return 'no refusal'
  } catch (error) {
    return error instanceof KubeletRefusal ? `${error.code} ${error.message}` : String(error)
  }
}

async function talking(): Promise<KubeletWorld> {
  const world = createKubeletWorld()
  const script = 'echo one; echo two >&2; sleep 10; echo three; sleep 10; echo four; sleep 100000'
  world.create('job', { containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', script] }] })
  await world.driver.advance(15 * SECOND)
  return world
}

test.each<[string, Partial<LogRequest>, string]>([
  ['all', {}, 'one\ntwo\nthree\n'],
  ['the last', { tailLines: 2 }, 'two\nthree\n'],
  ['none', { tailLines: 0 }, ''],
  ['so many bytes', { limitBytes: 5 }, 'one\nt'],
  ['of the last seconds', { sinceSeconds: 8 }, 'three\n'],
  ['of the last lines those of the last seconds', { tailLines: 2, sinceSeconds: 8 }, 'three\n'],
  ['since a time', { sinceTimeMs: Date.UTC(2026, 0, 1, 0, 0, 5) }, 'three\n'],
])('lines: %s', async (_what, request, text) => {
  const world = await talking()
  const heard = ask(world, 'job', request)
  expect([heard.text, heard.ended]).toEqual([text, true])
})

test('what comes is followed, up to the limit', async () => {
  const world = await talking()
  const all = ask(world, 'job', { follow: true, tailLines: 1 })
  const limited = ask(world, 'job', { follow: true, limitBytes: 16, tailLines: 2 })
  await world.driver.advance(10 * SECOND)
  expect([all.text, all.ended]).toEqual(['three\nfour\n', false])
  expect([limited.text, limited.ended]).toEqual(['two\nthree\nfour\n', false])
  all.stop()
  limited.stop()
})

test('a container that waits, one that never ran before, and one nobody has', async () => {
  const world = createKubeletWorld({ strict: true })
  world.create('pull', { containers: [{ name: 'main', image: 'team/nothing' }] })
  world.create('run', { containers: [{ name: 'main', image: 'busybox', command: ['sleep', '100000'] }] })
  expect(refusal(() => ask(world, 'run', {}))).toBe('400 container "main" in pod "run" is not available')
  await world.driver.advance(3 * SECOND)
  expect(refusal(() => ask(world, 'run', { previous: true }))).toBe(
    '400 previous terminated container "main" in pod "run" not found',
  )
  // The two states of a pull that fails take turns.
  const seen = new Set<string>()
  for (let second = 0; second < 30; second++) {
    await world.driver.advance(SECOND)
    seen.add(refusal(() => ask(world, 'pull', {})))
  }
  expect([...seen].sort((one, other) => (one < other ? -1 : 1))).toEqual([
    `400 container "main" in pod "pull" is waiting to start: image can't be pulled`,
    '400 container "main" in pod "pull" is waiting to start: trying and failing to pull image',
  ])
})

test('a pod that the kubelet does not know', () => {
  const world = createKubeletWorld()
  world.create('elsewhere', { nodeName: 'node-9', containers: [{ name: 'main', image: 'busybox' }] })
  expect(refusal(() => ask(world, 'elsewhere', {}))).toBe('404 pod "elsewhere" does not exist')
})

test('between two runs the last one is both the current and the previous one', async () => {
  const world = createKubeletWorld()
  const command = ['sh', '-c', 'echo run; exit 3']
  world.create('crash', { containers: [{ name: 'main', image: 'busybox', command }] })
  await world.driver.advance(8 * SECOND)
  expect(world.get('crash').status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('CrashLoopBackOff')
  expect([ask(world, 'crash', {}).text, ask(world, 'crash', { previous: true }).text]).toEqual(['run\n', 'run\n'])
})
