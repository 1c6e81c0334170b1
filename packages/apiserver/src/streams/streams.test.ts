// exec, attach, logs and port-forward over real sockets, against a node of a few commands; above all that nothing stays open.

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { constants, createDeflate } from 'node:zlib'
import { describe, expect, it, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { startFakeCluster, TOKEN, type FakeCluster } from '../http/fake-handler.suite.ts'
import { createEchoNode, NODE, POD, type EchoNode } from './echo-node.suite.ts'
import { controlFrame, FRAME_SYN_STREAM, FrameReader, words } from './spdy/frames.ts'
import { SPDY_DICTIONARY } from './spdy/header-block.ts'

async function start(): Promise<FakeCluster & { readonly node: EchoNode }> {
  const node = createEchoNode()
  const cluster = await startFakeCluster(node)
  cluster.handler.objects.set('pods/default/p', POD)
  cluster.handler.objects.set('nodes//node-1', NODE)
  return { ...cluster, node, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
}

const PODS = '/api/v1/namespaces/default/pods'

function dial(cluster: FakeCluster, path: string, protocols: readonly string[]): WebSocket {
  const headers = { authorization: `Bearer ${TOKEN}` }
  return new WebSocket(`ws://127.0.0.1:${cluster.server.port}${PODS}/p/${path}`, [...protocols], {
    headers,
    perMessageDeflate: false,
  })
}

interface Talk {
  readonly messages: string[]
  readonly code: number
}

/** Everything a session says, as `channel:text`, and the code it closes with. */
function listen(socket: WebSocket): Promise<Talk> {
  const messages: string[] = []
  socket.on('message', (data: Buffer) => messages.push(`${data[0]}:${data.subarray(1).toString()}`))
  return new Promise((resolve, reject) => {
    socket.on('close', (code) => resolve({ messages, code }))
    socket.on('error', reject)
  })
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve())
    socket.on('error', reject)
  })
}

function until(holds: () => boolean): Promise<void> {
  return vi.waitFor(() => expect(holds()).toBe(true), { interval: 2, timeout: 5000 })
}

const SUCCESS = '3:{"metadata":{},"status":"Success"}'

describe('exec over a websocket', () => {
  it.each([
    ['succeeds', 'exec?command=echo&command=a+b&stdout=true', ['1:', '1:a b\n', SUCCESS]],
    [
      'tells the exit code',
      'exec?command=fail&command=3&stdout=true&stderr=true',
      [
        '1:',
        '2:it failed\n',
        expect.stringContaining(
          '"reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}',
        ),
      ],
    ],
    [
      'keeps stderr back when nobody asked for it',
      'exec?command=fail&command=3&stdout=true',
      ['1:', expect.stringMatching(/^3:/)],
    ],
    [
      'sends stderr of a terminal to stdout',
      'exec?command=fail&command=3&stdout=true&tty=true',
      ['1:', '1:it failed\n', expect.stringMatching(/^3:/)],
    ],
    [
      'tells why a command did not start',
      'exec?command=nope&stdout=true',
      ['1:', expect.stringContaining('Internal error occurred: exec: \\"nope\\"')],
    ],
  ])('%s', async (_name, path, expected) => {
    await using cluster = await start()
    const { messages, code } = await listen(dial(cluster, path, ['v5.channel.k8s.io']))
    expect(messages).toEqual(expected)
    expect([code, cluster.node.open]).toEqual([1000, 0])
  })

  it('carries stdin, its end and terminal sizes', async () => {
    await using cluster = await start()
    const socket = dial(cluster, 'exec?command=cat&stdin=true&stdout=true&tty=true', [
      'v4.channel.k8s.io',
      'v5.channel.k8s.io',
    ])
    const talk = listen(socket)
    await opened(socket)
    expect(socket.protocol).toBe('v5.channel.k8s.io')
    socket.send(Buffer.from('\x04{"Width":80,"Height":24}\n', 'latin1'))
    socket.send(Buffer.from('\x00abc\n', 'latin1'))
    socket.send(Uint8Array.of(255, 0))
    expect((await talk).messages).toEqual(['1:', '1:abc\n', SUCCESS])
    expect(cluster.node.seen).toEqual(['resize 80x24', 'stdin closed'])
  })

  it('aborts the command when the client vanishes', async () => {
    await using cluster = await start()
    const socket = dial(cluster, 'exec?command=cat&stdin=true&stdout=true', ['v5.channel.k8s.io'])
    await opened(socket)
    expect(cluster.node.open).toBe(1)
    socket.terminate()
    await until(() => cluster.node.open === 0)
    expect(cluster.node.seen).toEqual(['aborted'])
  })

  it('aborts the command when the server closes', async () => {
    const cluster = await start()
    const socket = dial(cluster, 'exec?command=cat&stdin=true&stdout=true', ['v5.channel.k8s.io'])
    await opened(socket)
    await cluster[Symbol.asyncDispose]()
    await until(() => cluster.node.open === 0)
    expect(cluster.node.seen).toEqual(['aborted'])
  })
})

describe('refusals before the upgrade are HTTP answers', () => {
  it.each<[string, string, readonly string[], number, RegExp]>([
    ['no such pod', '../q/exec?command=a&stdout=true', ['v5.channel.k8s.io'], 404, /pods \\"q\\" not found/],
    [
      'no such container',
      'exec?command=a&stdout=true&container=x',
      ['v5.channel.k8s.io'],
      400,
      /container x is not valid for pod p/,
    ],
    ['no stream asked for', 'exec?command=a', ['v5.channel.k8s.io'], 400, /at least 1 of stdin, stdout, stderr/],
    ['an unknown protocol', 'exec?command=a&stdout=true', ['v9.channel.k8s.io'], 403, /^$/],
  ])('%s', async (_name, path, protocols, code, body) => {
    await using cluster = await start()
    const socket = dial(cluster, path, protocols)
    socket.on('error', () => {})
    const response = await new Promise<IncomingMessage>((resolve) => {
      socket.on('unexpected-response', (_request, answer) => resolve(answer))
    })
    expect(response.statusCode).toBe(code)
    expect(Buffer.concat(await response.toArray()).toString()).toMatch(body)
  })
})

async function spdyUpgrade(cluster: FakeCluster, path: string, protocol: string): Promise<Socket> {
  const socket = connect(cluster.server.port, '127.0.0.1')
  socket.write(
    `POST ${PODS}/p/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: Upgrade\r\n` +
      `Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  )
  const head = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
  expect(head.toString()).toContain(`101 Switching Protocols`)
  return socket
}

test('a SPDY client that opens no streams is let go after 30 s of the cluster’s time', async () => {
  await using cluster = await start()
  const socket = await spdyUpgrade(cluster, 'exec?command=cat&stdin=true&stdout=true', 'v4.channel.k8s.io')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  expect([...cluster.engine.queue.pending()].map(({ label }) => label)).toEqual(['SPDY stream creation timeout'])
  cluster.engine.queue.pop()?.run()
  await closed
  expect(cluster.node.open).toBe(0)
})

test('a SPDY client that sends garbage is cut off', async () => {
  await using cluster = await start()
  const socket = await spdyUpgrade(cluster, 'exec?command=cat&stdout=true', 'v4.channel.k8s.io')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(Buffer.alloc(64, 0x80))
  await closed
  expect(cluster.errors).toEqual([])
})

test('exec over SPDY: output, status and half-closes on their own streams', async () => {
  await using cluster = await start()
  const socket = await spdyUpgrade(cluster, 'exec?command=echo&command=hi&stdout=true', 'v4.channel.k8s.io')
  const deflate = createDeflate({ dictionary: SPDY_DICTIONARY })
  let id = 1
  for (const type of ['error', 'stdout']) {
    deflate.write(Buffer.concat([words(1, 10), Buffer.from('streamtype'), words(type.length), Buffer.from(type)]))
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()))
    const block = deflate.read() as Buffer
    socket.write(controlFrame(FRAME_SYN_STREAM, 0, Buffer.concat([words(id, 0), Buffer.alloc(2), block])))
    id += 2
  }
  const reader = new FrameReader()
  const said: string[] = []
  await new Promise<void>((resolve) => {
    socket.on('data', (bytes: Buffer) => {
      for (const frame of reader.push(bytes)) {
        if (frame.kind === 'data')
          said.push(`${frame.streamId}:${frame.payload.toString()}${frame.flags === 1 ? ' FIN' : ''}`)
        if (frame.kind === 'control' && frame.type === 7) resolve()
      }
    })
  })
  expect(said).toEqual(['3:hi\n', '1:{"metadata":{},"status":"Success"}', '1: FIN', '3: FIN'])
  socket.destroy()
})

test('port-forward over plain channels announces its ports, then carries bytes', async () => {
  await using cluster = await start()
  const socket = dial(cluster, 'portforward?ports=80', ['v4.channel.k8s.io'])
  const messages: Buffer[] = []
  socket.on('message', (data: Buffer) => messages.push(data))
  await opened(socket)
  socket.send(Buffer.from('\x00hi', 'latin1'))
  await until(() => messages.length === 3)
  expect(messages.map((message) => message.toString('hex'))).toEqual(['005000', '015000', '006869'])
  socket.terminate()
  await until(() => cluster.node.open === 0)
})

function getPath(cluster: FakeCluster, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      port: cluster.server.port,
      path: `${PODS}/${path}`,
      headers: { authorization: `Bearer ${TOKEN}` },
      agent: false,
    }
    httpRequest(options, resolve).on('error', reject).end()
  })
}

test.each<[string, string | undefined, number, string]>([
  ['of a pod without a node is nothing at all', undefined, 204, ''],
  ['of a pod whose node is gone is not found', 'gone', 404, 'pods \\"gone\\" not found'],
])('the log %s', async (_, nodeName, code, text) => {
  await using cluster = await start()
  const { nodeName: _node, ...spec } = POD.spec
  const pod = { ...POD, spec: { ...spec, ...(nodeName === undefined ? {} : { nodeName }) } }
  cluster.handler.objects.set('pods/default/p', pod)
  const answer = await getPath(cluster, 'p/log')
  expect(answer.statusCode).toBe(code)
  expect(answer.headers['content-type']).toBe(code === 204 ? undefined : 'application/json')
  expect(Buffer.concat(await answer.toArray()).toString()).toContain(text)
})

test('logs are plain text and a followed log stops with its reader', async () => {
  await using cluster = await start()
  const get = (query: string): Promise<IncomingMessage> => getPath(cluster, `p/log${query}`)
  const whole = await get('')
  expect([whole.statusCode, whole.headers['content-type']]).toEqual([200, 'text/plain'])
  expect(Buffer.concat(await whole.toArray()).toString()).toBe('log of p/c\n')
  const followed = await get('?follow=true')
  followed.destroy()
  await until(() => cluster.node.seen.includes('log stopped'))
  const wrong = await get('?tailLines=-1')
  expect(Buffer.concat(await wrong.toArray()).toString()).toContain(
    'PodLogOptions \\"p\\" is invalid: tailLines: Invalid value: -1',
  )
  const stream = await get('?stream=Stdout')
  expect(Buffer.concat(await stream.toArray()).toString()).toContain('stream: Forbidden: may not be specified')
})
