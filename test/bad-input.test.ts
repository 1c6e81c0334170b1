// Bad input at the HTTPS door of `podwire up`: each is answered with the Status the real server gives, nothing is stored, and
// the process stays up. Texts: recorded from Kubernetes 1.36.

import { readFileSync } from 'node:fs'
import { request, type RequestOptions } from 'node:https'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { UpProcess } from './up.ts'

interface Answer {
  readonly code: number
  readonly body: {
    readonly reason?: string
    readonly message?: string
    readonly code?: number
    readonly details?: { readonly causes?: readonly object[] }
  }
}

interface Access {
  readonly url: URL
  readonly ca: string
  readonly token: string
}

const service = (name: string, spec: object): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec,
})
const onePort = (port: object): object => ({ selector: { app: 'x' }, ports: [port] })

describe('bad input', () => {
  let up: UpProcess
  let access: Access

  beforeAll(async () => {
    up = new UpProcess(['--dns-port', '0', '--no-ingress'])
    await up.ready()
    const config = parse(readFileSync(up.kubeconfig, 'utf8')) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
      users: { user: { token: string } }[]
    }
    const cluster = config.clusters[0]?.cluster
    access = {
      url: new URL(cluster?.server ?? ''),
      ca: Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64').toString(),
      token: config.users[0]?.user.token ?? '',
    }
    await send(
      'POST',
      '/api/v1/namespaces/default/services',
      service('taken', { type: 'NodePort', clusterIP: '10.96.7.7', ports: [{ port: 80, nodePort: 30777 }] }),
    )
  }, 60_000)

  afterAll(async () => {
    await up.stop()
  })

  function send(
    method: string,
    path: string,
    body: string | Buffer | object,
    headers: RequestOptions['headers'] = {},
  ): Promise<Answer> {
    const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, access.url),
        {
          method,
          ca: access.ca,
          headers: { authorization: `Bearer ${access.token}`, 'content-type': 'application/json', ...headers },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
          response.on('end', () => {
            resolve({
              code: response.statusCode ?? 0,
              body: text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : { message: text },
            })
          })
        },
      )
      sent.on('error', reject)
      sent.end(bytes)
    })
  }

  const services = '/api/v1/namespaces/default/services'

  test.each([
    {
      name: 'a node port outside the range',
      body: service('bad', { type: 'NodePort', ports: [{ port: 80, nodePort: 40_000 }] }),
      code: 422,
      message:
        'Service "bad" is invalid: spec.ports[0].nodePort: Invalid value: 40000: provided port is not in the valid range. The range of valid ports is 30000-32767',
    },
    {
      name: 'a node port that is taken',
      body: service('bad', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_777 }] }),
      code: 422,
      message:
        'Service "bad" is invalid: spec.ports[0].nodePort: Invalid value: 30777: provided port is already allocated',
    },
    {
      name: 'a ClusterIP outside the range',
      body: service('bad', { clusterIP: '1.1.1.1', ports: [{ port: 80 }] }),
      code: 422,
      message:
        'Service "bad" is invalid: spec.clusterIPs: Invalid value: ["1.1.1.1"]: failed to allocate IP 1.1.1.1: the provided network does not match the current range',
    },
    {
      name: 'a ClusterIP that is taken',
      body: service('bad', { clusterIP: '10.96.7.7', ports: [{ port: 80 }] }),
      code: 422,
      message:
        'Service "bad" is invalid: spec.clusterIPs: Invalid value: ["10.96.7.7"]: failed to allocate IP 10.96.7.7: provided IP is already allocated',
    },
    {
      name: 'a bad name',
      body: service('Bad_Name', onePort({ port: 80 })),
      code: 422,
      message:
        /^Service "Bad_Name" is invalid: metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 label must consist of/,
    },
    {
      name: 'a wrong type',
      body: service('bad', onePort({ port: 'eighty' })),
      code: 400,
      message:
        'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32',
    },
    {
      name: 'JSON that is cut off',
      body: '{"kind":"Service",',
      code: 400,
      message:
        /^the object provided is unrecognized \(must be of type Service\): couldn't get version\/kind; json parse error: unexpected end of JSON input/,
    },
    {
      name: 'another kind',
      body: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'bad' },
        spec: { containers: [{ name: 'a', image: 'b' }] },
      },
      code: 400,
      message: /^Pod in version "v1" cannot be handled as a Service/,
    },
    {
      name: 'an array',
      body: '[]',
      code: 400,
      message: /cannot unmarshal array/,
    },
  ])('$name', async ({ body, code, message }) => {
    const answer = await send('POST', services, body)
    expect(answer.body).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
    expect(answer.code).toBe(code)
    expect((await send('GET', `${services}/bad`, '')).code).toBe(404)
  })

  test('an unknown field is an error when strict, a warning otherwise', async () => {
    const body = { ...service('odd', onePort({ port: 80, colour: 'red' })) }
    const strict = await send('POST', `${services}?fieldValidation=Strict`, body)
    expect(strict.body.message).toBe(
      'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.ports[0].colour"',
    )
    expect(strict.code).toBe(400)
    expect((await send('GET', `${services}/odd`, '')).code).toBe(404)
  })

  test('a refused node port and ClusterIP are free again', async () => {
    // Both are wanted by an object that is invalid for another reason: nothing may stay allocated.
    const invalid = service('half', {
      type: 'NodePort',
      clusterIP: '10.96.7.8',
      ports: [{ port: 0, nodePort: 30_778 }],
    })
    expect((await send('POST', services, invalid)).code).toBe(422)
    const valid = service('whole', {
      type: 'NodePort',
      clusterIP: '10.96.7.8',
      ports: [{ port: 80, nodePort: 30_778 }],
    })
    expect((await send('POST', services, valid)).code).toBe(201)
  })

  test.each([
    {
      name: 'a protobuf body that is cut off',
      body: Buffer.from([0x6b, 0x38, 0x73, 0x00, 0x0a, 0x7f, 0x01]),
      type: 'application/vnd.kubernetes.protobuf',
      code: 400,
      reason: 'BadRequest',
    },
    // Go's server takes an empty header for none, and that is JSON.
    { name: 'nothing of a Service, behind an empty media type', body: '{}', type: '', code: 422, reason: 'Invalid' },
    { name: 'no media type at all', body: '{}', type: ';;', code: 415, reason: 'UnsupportedMediaType' },
  ])('$name is the fault of the client', async ({ body, type, code, reason }) => {
    const answer = await send('POST', services, body, { 'content-type': type })
    expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure', code, reason })
    expect(answer.code).toBe(code)
  })

  test('an unknown kind has no route', async () => {
    const answer = await send('POST', '/apis/example.test/v1/things', { apiVersion: 'example.test/v1', kind: 'Thing' })
    expect(answer.code).toBe(404)
  })

  test('a body of 10 MB', async () => {
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'big' },
      data: { x: 'y'.repeat(10 << 20) },
    })
    const answer = await send('POST', '/api/v1/namespaces/default/configmaps', body)
    expect(answer.code).toBe(413)
    expect(answer.body).toMatchObject({
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    })
  })

  test('__proto__ as a key is a field like any other', async () => {
    const body =
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto","__proto__":{"polluted":true}},"data":{"__proto__":"a","b":"c"},"__proto__":{"polluted":true}}'
    const created = await send('POST', '/api/v1/namespaces/default/configmaps', body)
    expect(created.code).toBe(201)
    const strict = await send(
      'POST',
      '/api/v1/namespaces/default/configmaps?fieldValidation=Strict',
      body.replace('"proto"', '"proto2"'),
    )
    expect(strict.code).toBe(400)
    const label = await send(
      'PATCH',
      '/api/v1/namespaces/default/configmaps/proto',
      '{"metadata":{"labels":{"__proto__":"x"}}}',
      { 'content-type': 'application/merge-patch+json' },
    )
    expect(label.code).toBe(422)
    // Had a prototype been changed, every object would now have the field.
    expect(JSON.stringify((await send('GET', '/api/v1/namespaces/kube-system', '')).body)).not.toContain('polluted')
  })

  test('no token, a wrong token', async () => {
    expect((await send('GET', '/api/v1/pods', '', { authorization: '' })).code).toBe(403)
    const wrong = await send('GET', '/api/v1/pods', '', { authorization: 'Bearer nonsense' })
    expect(wrong.code).toBe(401)
    expect(wrong.body).toMatchObject({ reason: 'Unauthorized' })
  })

  test('a half-open exec goes away with its client and leaves nothing behind', async () => {
    const [pod = ''] = up
      .kubectl('get pods -n kube-system -l k8s-app=kube-dns -o jsonpath={.items[*].metadata.name}')
      .stdout.split(' ')
    for (let i = 0; i < 5; i++) {
      const socket = connect({ host: access.url.hostname, port: Number(access.url.port), ca: access.ca })
      await new Promise((resolve) => socket.once('secureConnect', resolve))
      socket.write(
        `GET /api/v1/namespaces/kube-system/pods/${pod}/exec?command=cat&stdin=true&stdout=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${access.token}\r\n` +
          'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n',
      )
      await new Promise((resolve) => setTimeout(resolve, 50))
      socket.destroy()
    }
    expect(up.kubectl('get ns default -o name').stdout).toBe('namespace/default\n')
  })

  test('YAML that is broken is refused by name before anything is sent', () => {
    const { stderr, status } = up.kubectl('apply -f -', 'a: [1\nb: }')
    expect(stderr).toContain('error')
    expect(status).toBe(1)
  })

  test('the process stayed up and reported no bug', () => {
    expect(up.running).toBe(true)
    expect(up.errors).toBe('')
  })
})
