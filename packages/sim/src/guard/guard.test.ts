import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createCluster, type Cluster, type ContainerContext } from '@podwire/sim'
import type { GuardMode } from './guard.ts'

/** A cluster with one pod of the program, which is asked once. */
async function ask(
  guard: GuardMode,
  program: (context: ContainerContext) => unknown,
): Promise<{ readonly cluster: Cluster; readonly ask: () => Promise<string> }> {
  const cluster = await createCluster({ nodes: 1, ingress: false, guard })
  cluster.images.registerFetch('team/app', async (_request, context) => new Response(String(await program(context))), {
    port: 80,
  })
  await cluster.apply(
    '{ apiVersion: v1, kind: Pod, metadata: { name: app }, spec: { containers: [{ name: main, image: team/app }] } }',
  )
  await cluster.settle()
  const url = `http://${cluster.pod('app').ip ?? ''}/`
  return { cluster, ask: async () => (await cluster.node('node-1').fetch(url)).text() }
}

afterEach(() => vi.restoreAllMocks())

describe('the guard', () => {
  test.each<readonly [what: string, remedy: string, program: () => unknown]>([
    ['Date.now()', 'context.engine.clock', () => Date.now()],
    ['new Date()', 'context.engine.clock', () => new Date().getTime()],
    ['new Date()', 'context.engine.clock', () => Date()],
    ['performance.now()', 'context.engine.clock', () => performance.now()],
    ['process.hrtime()', 'context.engine.clock', () => process.hrtime()],
    ['Math.random()', 'context.random', () => Math.random()],
    ['crypto.randomUUID()', 'context.random', () => crypto.randomUUID()],
    ['crypto.getRandomValues()', 'context.random', () => crypto.getRandomValues(new Uint8Array(1))],
    ['setTimeout()', 'context.engine.sleep', () => setTimeout(() => {}, 1)],
    ['setInterval()', 'context.engine.sleep', () => setInterval(() => {}, 1)],
    ['setImmediate()', 'context.engine.sleep', () => setImmediate(() => {})],
  ])('%s ends the run, names the program, and says to use %s', async (what, remedy, program) => {
    const { cluster, ask: send } = await ask('throw', program)
    await using _ = cluster
    const error = await send().catch(String)
    expect(error).toContain(
      `Failed to run container main of pod default/app (image team/app): it asks the host with ${what}, so that two runs of one seed may differ. `,
    )
    expect(error).toContain(remedy)
  })

  test('a program is found out after it has waited, too', async () => {
    const { cluster, ask: send } = await ask('throw', async (context) => {
      await context.engine.sleep(1000, 'application')
      return Math.random()
    })
    await using _ = cluster
    await expect(send()).rejects.toThrow('container main of pod default/app')
  })

  test('what a task of a component does is found out by its label', async () => {
    await using cluster = await createCluster({ nodes: 1, ingress: false, guard: 'throw' })
    cluster.engine.schedule(0, 'my operator', () => void Date.now())
    await expect(cluster.advance('1s')).rejects.toThrow('Failed to run my operator: it asks the host with Date.now()')
  })

  test('warns once for each program and call, and the program goes on', async () => {
    const lines: string[] = []
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
    const { cluster, ask: send } = await ask('warn', () => (Math.random() < 2 ? 'fine' : 'odd'))
    await using _ = cluster
    expect([await send(), await send()]).toEqual(['fine', 'fine'])
    expect(lines.filter((line) => line.includes('Math.random()'))).toHaveLength(1)
  })

  test('virtual time, seeded randomness and calendar moments by number are nobody’s business', async () => {
    const { cluster, ask: send } = await ask('throw', async ({ engine, random }) => {
      await engine.sleep(1000, 'application')
      return new Date(engine.clock.wallTimeMs()).getUTCFullYear() + (random.real() < 2 ? 0 : 1)
    })
    await using _ = cluster
    expect(await send()).toBe('2026')
  })

  test('the test’s own code asks the host as it likes, while the simulation runs and afterwards', async () => {
    const { cluster, ask: send } = await ask('throw', () => 'fine')
    {
      await using _ = cluster
      const sent = send()
      expect([Date.now() > 0, Math.random() < 1, randomUUID().length, Date().length > 0]).toEqual([
        true,
        true,
        36,
        true,
      ])
      await new Promise((resolve) => {
        setTimeout(resolve, 1)
      })
      expect(await sent).toBe('fine')
      expect(new Date() instanceof Date).toBe(true)
    }
    expect(String(Date)).toContain('[native code]')
  })

  test('what Node and libraries ask for a Node listener is passed over, what the listener itself asks is not', async () => {
    await using cluster = await createCluster({ nodes: 1, ingress: false, guard: 'throw' })
    const pod = (name: string): string =>
      `{ apiVersion: v1, kind: Pod, metadata: { name: ${name} }, spec: { containers: [{ name: main, image: team/${name} }] } }`
    cluster.images.registerListener('team/good', (_request, response) => response.end('fine'), { port: 80 })
    cluster.images.registerListener('team/bad', (_request, response) => response.end(String(Date.now())), { port: 80 })
    await cluster.apply([pod('good'), pod('bad')])
    await cluster.settle()
    const send = (name: string): Promise<unknown> =>
      cluster
        .node('node-1')
        .fetch(`http://${cluster.pod(name).ip ?? ''}/`)
        .then((reply) => reply.text(), String)
    expect(await send('good')).toBe('fine')
    expect(await send('bad')).toContain('(image team/bad): it asks the host with Date.now()')
  })

  test('off: nobody looks', async () => {
    const { cluster, ask: send } = await ask('off', () => Math.random() < 2)
    await using _ = cluster
    expect(await send()).toBe('true')
  })
})
