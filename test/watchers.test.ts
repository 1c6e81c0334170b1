// Slow and dead watchers at the door of a running server: one that stops reading is dropped and named, and nobody else notices.

import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DoorClient, eventually, MERGE_PATCH } from './door-client.ts'
import { UpProcess } from './up.ts'

const MAPS = '/api/v1/namespaces/default/configmaps'

describe('watchers', () => {
  let up: UpProcess
  let api: DoorClient

  beforeAll(async () => {
    up = new UpProcess(['--bare'])
    await up.ready()
    api = new DoorClient(up.kubeconfig)
    await api.create(MAPS, { metadata: { name: 'busy' } })
  }, 60_000)

  afterAll(async () => {
    api.close()
    await up.stop()
  })

  test('one that stops reading is dropped, named in the log and counted', async () => {
    const socket = connectTls({ host: api.url.hostname, port: Number(api.url.port), ca: api.ca })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    socket.on('error', () => {})
    socket.write(
      `GET ${MAPS}?watch=true HTTP/1.1\r\nhost: x\r\nuser-agent: sleeper/1\r\nauthorization: Bearer ${api.token}\r\n\r\n`,
    )
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    const reader = await api.watch(`${MAPS}?fieldSelector=metadata.name%3Dbusy`)
    const filler = 'x'.repeat(900_000)
    await eventually(
      'the sleeper to be dropped',
      async () => {
        await api.ok('PATCH', `${MAPS}/busy`, { data: { n: `${filler}${Date.now()}` } }, MERGE_PATCH)
        return /^podwire: dropped GET \/api\/v1\/namespaces\/default\/configmaps\?watch=true of sleeper\/1: it left \d+ bytes unread$/m.test(
          up.errors,
        )
          ? true
          : undefined
      },
      20_000,
    )
    expect((await api.send('GET', '/metrics')).text).toContain(
      'apiserver_terminated_watchers_total{group="",resource="configmaps"} 1\n',
    )
    // The one that reads has them all.
    const last = await api.ok('PATCH', `${MAPS}/busy`, { data: { n: 'last' } }, MERGE_PATCH)
    await reader.until('the last change', (events) =>
      events.some(({ object }) => object.metadata?.resourceVersion === last.metadata?.resourceVersion),
    )
    reader.stop()
    socket.destroy()
  })

  test('open watches are counted, and no more when their clients are gone', async () => {
    const open = async (): Promise<string> =>
      /longrunning_requests\{[^}]*resource="secrets"[^}]*\} (\d+)/.exec(
        (await api.send('GET', '/metrics')).text,
      )?.[1] ?? '0'
    const watches = await Promise.all(Array.from({ length: 5 }, () => api.watch('/api/v1/secrets')))
    expect(await open()).toBe('5')
    for (const watch of watches) watch.stop()
    await eventually('the watches to be over', async () => ((await open()) === '0' ? true : undefined))
  })
})
