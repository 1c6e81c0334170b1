// Which requests the door reads itself, and that it answers them as fastify's way does.

import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { receiveDirectly } from './direct-requests.ts'

interface Sent {
  readonly method?: string
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly closing?: boolean
}

const POD = '/api/v1/namespaces/default/pods'
const JSON_BODY = { 'content-type': 'application/json', 'content-length': '4' }

/** What becomes of a request whose body comes in two pieces. */
function receive({ method = 'GET', url = POD, headers = {}, closing = false }: Sent): string {
  const server = new EventEmitter()
  let told = 'nobody'
  server.on('request', () => (told = 'fastify'))
  receiveDirectly(server as never, {
    bodyLimitBytes: 10,
    closing: () => closing,
    handle: (request) => (told = `the door: ${Buffer.isBuffer(request.body) ? request.body.toString() : 'no body'}`),
  })
  const request = Object.assign(new EventEmitter(), { method, url, headers })
  server.emit('request', request as unknown as IncomingMessage, {} as ServerResponse)
  for (const chunk of ['{ ', ' }']) request.emit('data', Buffer.from(chunk))
  request.emit('end')
  return told
}

test.each<readonly [string, Sent, string]>([
  ['a plain read', {}, 'the door: no body'],
  ['a group', { url: '/apis/apps/v1/deployments?limit=5' }, 'the door: no body'],
  ['a create', { method: 'POST', headers: JSON_BODY }, 'the door: {  }'],
  ['a delete without options', { method: 'DELETE', url: `${POD}/a` }, 'the door: no body'],
  ['a delete with options', { method: 'DELETE', url: `${POD}/a`, headers: JSON_BODY }, 'the door: {  }'],
  ['a path beside the API', { url: '/version' }, 'fastify'],
  ['an escape', { url: `${POD}/a%20b` }, 'fastify'],
  ['a proxied request', { url: `${POD}/a/proxy/` }, 'fastify'],
  ['a method without a verb', { method: 'OPTIONS' }, 'fastify'],
  ['a read with a body', { headers: JSON_BODY }, 'fastify'],
  ['a create without a length', { method: 'POST', headers: { 'content-type': 'application/json' } }, 'fastify'],
  ['a create in chunks', { method: 'POST', headers: { ...JSON_BODY, 'transfer-encoding': 'chunked' } }, 'fastify'],
  ['a client that waits to be asked', { method: 'POST', headers: { ...JSON_BODY, expect: '100-continue' } }, 'fastify'],
  ['an empty body', { method: 'POST', headers: { ...JSON_BODY, 'content-length': '0' } }, 'fastify'],
  ['a body that is too long', { method: 'POST', headers: { ...JSON_BODY, 'content-length': '11' } }, 'fastify'],
  [
    'a media type of another spelling',
    { method: 'POST', headers: { ...JSON_BODY, 'content-type': 'text/json' } },
    'the door: {  }',
  ],
  ['a server that closes', { closing: true }, 'fastify'],
  ['a whole URL', { url: `http://other:99${POD}` }, 'the door: no body'],
  ['a URL of a host alone', { url: 'http://other' }, 'fastify'],
])('%s', (_name, sent, told) => {
  expect(receive(sent)).toBe(told)
})

test('a question about the server itself is answered at once', () => {
  const server = new EventEmitter()
  const told: unknown[] = []
  const response = { writeHead: (...head: unknown[]) => ({ end: () => told.push(...head) }) }
  receiveDirectly(server as never, { bodyLimitBytes: 10, closing: () => false, handle: () => told.push('the door') })
  server.emit('request', Object.assign(new EventEmitter(), { method: 'OPTIONS', url: '*', headers: {} }), response)
  expect(told).toEqual([200, { 'content-length': 0 }])
})

test('of a body that breaks off nobody is told', () => {
  const server = new EventEmitter()
  let told = 0
  receiveDirectly(server as never, { bodyLimitBytes: 10, closing: () => false, handle: () => told++ })
  const request = Object.assign(new EventEmitter(), { method: 'POST', url: POD, headers: JSON_BODY })
  server.emit('request', request, {})
  request.emit('data', Buffer.from('{'))
  request.emit('close')
  expect(told).toBe(0)
})
