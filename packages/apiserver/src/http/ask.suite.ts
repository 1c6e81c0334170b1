// Requests to a door under test, as its administrator unless said otherwise.

import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { TOKEN, type FakeCluster } from './fake-handler.suite.ts'

export interface Call {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
  readonly anonymous?: boolean
}

export function open(cluster: FakeCluster, path: string, call: Call = {}): Promise<IncomingMessage> {
  const headers = { ...(call.anonymous === true ? {} : { authorization: `Bearer ${TOKEN}` }), ...call.headers }
  return new Promise((resolve, reject) => {
    const { host, port } = cluster.server
    httpRequest({ host, port, path, method: call.method ?? 'GET', headers, agent: false })
      .on('response', resolve)
      .on('error', reject)
      .end(call.body)
  })
}

export async function text(response: IncomingMessage): Promise<string> {
  return Buffer.concat(await response.toArray()).toString()
}

export async function ask(cluster: FakeCluster, path: string, call: Call = {}) {
  const response = await open(cluster, path, call)
  return {
    code: response.statusCode,
    type: response.headers['content-type'],
    headers: response.headers,
    body: await text(response),
  }
}

export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

export function create(cluster: FakeCluster, name: string) {
  return ask(cluster, CONFIG_MAPS, { method: 'POST', body: JSON.stringify({ metadata: { name }, data: { a: '1' } }) })
}
