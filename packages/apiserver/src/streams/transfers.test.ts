// Much data over the streams, and peers that are slow or hostile: everything arrives, nothing piles up, and a bad connection ends
// alone.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { controlFrame, dataFrame, FRAME_PING, FRAME_RST_STREAM, FRAME_SYN_STREAM, words } from './spdy/frames.ts'
import { SPDY_DICTIONARY } from './spdy/header-block.ts'
import {
  dial,
  opened,
  PODS,
  SpdyClient,
  startStreamCluster,
  talk,
  Tunnel,
  type StreamCluster,
} from './stream-client.suite.ts'

const MEGABYTE = 1024 * 1024
const PATTERN = Buffer.from(Array.from({ length: 10 * MEGABYTE }, (_, index) => (index * 31 + (index >> 8)) % 256))
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const FORWARD = `${PODS}/p/portforward`

describe('slow clients', () => {
  const POUR = `${PODS}/p/exec?command=pour&command=${64 * MEGABYTE}&stdout=true`

  test('a program waits for a websocket that is not read, and all arrives when it is', async () => {
    await using cluster = await startStreamCluster()
    const socket = dial(cluster, POUR, ['v5.channel.k8s.io'])
    await opened(socket)
    socket.pause()
    let bytes = 0
    socket.on('message', (data: Buffer) => (bytes += data[0] === 1 ? data.length - 1 : 0))
    await stands(cluster)
    expect(cluster.node.moved).toBeLessThan(32 * MEGABYTE)
    socket.resume()
    await once(socket, 'close')
    expect(bytes).toBe(64 * MEGABYTE)
  })

  test('a program waits for a SPDY stream that is not read; one whose client leaves goes on to its end', async () => {
    await using cluster = await startStreamCluster()
    const client = new SpdyClient(cluster, POUR, ['v4.channel.k8s.io'])
    await client.upgraded()
    await client.open({ streamtype: 'error' })
    await client.open({ streamtype: 'stdout' })
    await client.until(() => client.control.length === 2)
    client.socket.pause()
    await stands(cluster)
    expect(cluster.node.moved).toBeLessThan(32 * MEGABYTE)
    client.socket.destroy()
    await expect.poll(() => cluster.node.moved).toBe(64 * MEGABYTE)
  })

  test('a client waits for a program that reads nothing', async () => {
    await using cluster = await startStreamCluster()
    const socket = dial(cluster, `${PODS}/p/exec?command=sip&stdin=true&stdout=true`, ['v5.channel.k8s.io'])
    await opened(socket)
    const message = Buffer.concat([Uint8Array.of(0), Buffer.alloc(256 * 1024)])
    for (let sent = 0; sent < 64; sent++) socket.send(message)
    await stands(cluster)
    expect(cluster.node.moved).toBeLessThan(8 * MEGABYTE)
    cluster.node.thirst.resolve()
    await expect.poll(() => cluster.node.moved, { timeout: 10_000 }).toBe(16 * MEGABYTE)
    socket.terminate()
  })

  /** Resolves when nothing has moved for a while. */
  async function stands({ node }: StreamCluster): Promise<void> {
    let before = -1
    await expect
      .poll(
        () => {
          const same = node.moved > 0 && node.moved === before
          before = node.moved
          return same
        },
        { interval: 60, timeout: 10_000 },
      )
      .toBe(true)
  }
})

describe('ten megabytes there and back', () => {
  test('as stdin and stdout', async () => {
    await using cluster = await startStreamCluster()
    const socket = dial(cluster, `${PODS}/p/exec?command=cat&stdin=true&stdout=true`, ['v5.channel.k8s.io'])
    const parts: Buffer[] = []
    socket.on('message', (data: Buffer) => {
      if (data[0] === 1) parts.push(data.subarray(1))
    })
    await opened(socket)
    for (let from = 0; from < PATTERN.length; from += 60_000) {
      socket.send(Buffer.concat([Uint8Array.of(0), PATTERN.subarray(from, from + 60_000)]))
    }
    socket.send(Uint8Array.of(255, 0))
    await once(socket, 'close')
    expect(digest(Buffer.concat(parts))).toBe(digest(PATTERN))
  })

  test('forwarded over SPDY, with twenty other connections beside it', async () => {
    await using cluster = await startStreamCluster()
    const client = new SpdyClient(cluster, FORWARD, ['portforward.k8s.io'])
    await client.upgraded()
    const pair = async (id: number): Promise<number> => {
      const headers = { port: '80', requestid: String(id) }
      await client.open({ ...headers, streamtype: 'error' }, 1)
      return client.open({ ...headers, streamtype: 'data' })
    }
    const large = await pair(0)
    const small: number[] = []
    for (let id = 1; id <= 20; id++) small.push(await pair(id))
    for (let from = 0; from < PATTERN.length; from += 100_000) {
      client.send(large, PATTERN.subarray(from, from + 100_000))
      const stream = small[from / 100_000]
      if (stream !== undefined) client.send(stream, `number ${stream}`, true)
    }
    client.send(large, '', true)
    await client.until(() => [large, ...small].every((id) => client.ended(id)))
    for (const id of small) expect(client.heard(id)).toBe(`number ${id} FIN`)
    expect(digest(client.bytes(large))).toBe(digest(PATTERN))
    expect(cluster.node.open).toBe(0)
    client.socket.destroy()
  })

  test('forwarded over channels', async () => {
    await using cluster = await startStreamCluster()
    const socket = dial(cluster, `${FORWARD}?ports=80&ports=81`, ['v4.channel.k8s.io'])
    const parts: Buffer[] = []
    const errors: string[] = []
    socket.on('message', (data: Buffer) => {
      if (data[0] === 0) parts.push(data.subarray(1))
      if (data[0] === 3) errors.push(data.toString('utf8', 1))
    })
    await opened(socket)
    for (let from = 0; from < PATTERN.length; from += 60_000) {
      socket.send(Buffer.concat([Uint8Array.of(0), PATTERN.subarray(from, from + 60_000)]))
    }
    const length = (): number => parts.reduce((sum, part) => sum + part.length, 0)
    await expect.poll(length, { timeout: 15_000 }).toBe(PATTERN.length + 2)
    // Each channel begins with its port.
    expect(Buffer.concat(parts).readUInt16LE(0)).toBe(80)
    expect(digest(Buffer.concat(parts).subarray(2))).toBe(digest(PATTERN))
    expect(errors.at(-1)).toContain('connection refused')
    socket.terminate()
  })
})

test.each([
  ['', 400, 'query parameter "port" is required'],
  ['?ports=0', 400, 'port "0" must be > 0'],
  ['?ports=80,70000', 400, 'cannot convert to []int32: strconv.ParseUint: parsing \\"70000\\": value out of range'],
  ['?ports=web', 400, 'cannot convert to []int32: strconv.ParseUint: parsing \\"web\\": invalid syntax'],
])('port-forward of %j is refused', async (query, code, body) => {
  await using cluster = await startStreamCluster()
  const socket = dial(cluster, `${FORWARD}${query}`, ['v4.channel.k8s.io'])
  socket.on('error', () => {})
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode: number; toArray(): Promise<Buffer[]> },
  ]
  const text = Buffer.concat(await response.toArray()).toString()
  expect([response.statusCode, text]).toEqual([code, expect.stringContaining(body)])
})

describe('hostile frames end their own connection, and nothing else', () => {
  const bomb = deflateSync(Buffer.alloc(64 * MEGABYTE), { dictionary: SPDY_DICTIONARY })
  const synStream = (block: Uint8Array, id = 1): Buffer =>
    controlFrame(FRAME_SYN_STREAM, 0, Buffer.concat([words(id, 0), Buffer.alloc(2), block]))

  test.each<[string, Uint8Array, boolean?]>([
    ['another version', Buffer.from('8002000100000000', 'hex')],
    ['a control frame without end', Buffer.from('8003000100ffffff', 'hex')],
    ['headers that inflate to 64 MiB', synStream(bomb)],
    ['headers that are no zlib stream', synStream(Buffer.alloc(40, 0xff))],
    ['a SYN_STREAM of four bytes', controlFrame(FRAME_SYN_STREAM, 0, words(1))],
    ['a RST_STREAM of four bytes', controlFrame(FRAME_RST_STREAM, 0, words(1))],
    // As data of a stream nobody has opened.
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(4000)), false],
  ])('SPDY: %s', async (_what, bytes, ends = true) => {
    await using cluster = await startStreamCluster()
    const other = new SpdyClient(cluster, FORWARD, ['portforward.k8s.io'])
    await other.upgraded()
    const client = new SpdyClient(cluster, FORWARD, ['portforward.k8s.io'])
    await client.upgraded()
    client.socket.write(bytes)
    if (ends) await client.closed
    else client.socket.destroy()
    const tunnel = new Tunnel(cluster, FORWARD)
    await tunnel.upgraded()
    tunnel.send(2, bytes)
    if (ends) await tunnel.closed
    else tunnel.socket.destroy()
    other.socket.write(controlFrame(FRAME_PING, 0, words(7)))
    await other.until(() => other.control.includes(FRAME_PING))
    expect(cluster.errors).toEqual([])
    other.socket.destroy()
  })

  test('SPDY: frames that mean nothing are passed over, streams out of order and past their end are reset', async () => {
    await using cluster = await startStreamCluster()
    const client = new SpdyClient(cluster, FORWARD, ['portforward.k8s.io'])
    await client.upgraded()
    client.socket.write(dataFrame(99, 1, Buffer.from('nobody')))
    // SETTINGS, WINDOW_UPDATE, CREDENTIAL, GOAWAY, a server's ping, a reset of nothing.
    client.socket.write(controlFrame(4, 0, Buffer.from('0000000100000004000186a0', 'hex')))
    client.socket.write(controlFrame(9, 0, words(1, 65_536)))
    client.socket.write(controlFrame(10, 0, words(1)))
    client.socket.write(controlFrame(FRAME_PING, 0, words(2)))
    client.socket.write(controlFrame(FRAME_RST_STREAM, 0, words(77, 5)))
    await client.open({ streamtype: 'data', port: '0', requestid: '1' })
    await client.open({ streamtype: 'other', port: '80', requestid: '1' })
    const data = await client.open({ streamtype: 'data', port: '80', requestid: '2' })
    await client.open({ streamtype: 'error', port: '80', requestid: '2' }, 1)
    client.send(data, 'through', true)
    client.send(data, 'after the end')
    await client.until(() => client.heard(data) === 'through FIN')
    expect(client.control).toEqual([3, 3, 2, 2])
    client.socket.write(controlFrame(7, 0, words(0, 0)))
    client.socket.end()
    await client.closed
    expect(cluster.errors).toEqual([])
  })

  test('SPDY: data nobody reads yet is kept only so far', async () => {
    await using cluster = await startStreamCluster()
    const client = new SpdyClient(cluster, FORWARD, ['portforward.k8s.io'])
    await client.upgraded()
    const data = await client.open({ streamtype: 'data', port: '80', requestid: '1' })
    for (let sent = 0; sent < 20; sent++) client.send(data, Buffer.alloc(100_000))
    await client.closed
    expect(cluster.errors).toEqual([])
  })

  test('SPDY: half a pair is given up after thirty seconds of the cluster’s time', async () => {
    await using cluster = await startStreamCluster()
    const client = new SpdyClient(cluster, FORWARD, ['portforward.k8s.io'])
    await client.upgraded()
    const errors = await client.open({ streamtype: 'error', port: '80', requestid: '1' })
    await client.until(() => client.control.length === 1)
    expect([...cluster.engine.queue.pending()].map(({ label }) => label)).toEqual(['port-forward stream pair'])
    cluster.engine.queue.pop()?.run()
    await client.until(() => client.heard(errors).endsWith(' FIN'))
    expect(client.heard(errors)).toContain('timed out waiting for streams')
    client.socket.destroy()
  })

  test('websockets: a text in the tunnel', async () => {
    await using cluster = await startStreamCluster()
    const tunnel = new Tunnel(cluster, FORWARD)
    await tunnel.upgraded()
    tunnel.send(1, Buffer.from('hello'))
    await expect.poll(() => tunnel.heard.includes('invalid message type received')).toBe(true)
    tunnel.socket.destroy()
  })

  test.each<[string, readonly string[], (socket: WebSocket) => void, number]>([
    ['what is no base64', ['v4.base64.channel.k8s.io'], (socket) => socket.send('0***'), 1003],
    ['a message of 33 MiB', ['v4.channel.k8s.io'], (socket) => socket.send(Buffer.alloc(33 * MEGABYTE)), 1009],
  ])('websockets: %s', async (_what, protocols, send, code) => {
    await using cluster = await startStreamCluster()
    const other = dial(cluster, `${PODS}/p/exec?command=cat&stdin=true&stdout=true`, ['v5.channel.k8s.io'])
    const said = talk(other)
    await opened(other)
    const socket = dial(cluster, `${FORWARD}?ports=80`, protocols)
    await opened(socket)
    socket.on('error', () => {})
    send(socket)
    const [closed] = (await once(socket, 'close')) as [number]
    // The library may see its own write fail before it reads why.
    expect([code, 1006]).toContain(closed)
    other.send(Buffer.from('\u0000still here'))
    other.send(Uint8Array.of(255, 0))
    expect((await said).messages).toContain('1:still here')
    expect(cluster.errors).toEqual([])
  })
})
