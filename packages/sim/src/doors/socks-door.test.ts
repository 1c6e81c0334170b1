// The SOCKS5 door: real curl and a real browser reach cluster names, ClusterIPs and pods; what cannot be reached has its code.

import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { services } from '@podwire/apiserver'
import { fetchImage } from '../images/user-images.ts'
import { describeWith } from '../../../../test/referees.ts'
import { DoorWorld, run } from './door-world.suite.ts'

const page = fetchImage(
  'page',
  (request) =>
    new Response(`<h1>hello from ${new URL(request.url).host}</h1>`, { headers: { 'content-type': 'text/html' } }),
  { port: 80 },
)
const silent = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'nobody' },
  spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] },
}

let world: DoorWorld
let socks = ''
let clusterIP = ''

beforeAll(async () => {
  world = await DoorWorld.open(
    (authority) => [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'page', labels: { app: 'page' } },
        spec: { containers: [{ name: 'page', image: 'page' }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'page' },
        spec: { selector: { app: 'page' }, ports: [{ port: 80 }] },
      },
      silent,
      authority.issue({ hosts: ['page.example.com'] }).secret('page'),
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'page' },
        spec: {
          ingressClassName: 'nginx',
          tls: [{ hosts: ['page.example.com'], secretName: 'page' }],
          rules: [
            {
              host: 'page.example.com',
              http: {
                paths: [
                  { path: '/', pathType: 'Prefix', backend: { service: { name: 'page', port: { number: 80 } } } },
                ],
              },
            },
          ],
        },
      },
    ],
    { images: [page], socksPort: 0 },
  )
  socks = `127.0.0.1:${world.doors.socks?.port ?? 0}`
  clusterIP = world.cluster.client.get(services, { namespace: 'default', name: 'page' }).spec.clusterIP ?? ''
}, 60_000)

afterAll(() => world.close())

const curl = (url: string, ...flags: readonly string[]) =>
  run('curl', ['-sS', '-m', '10', '--socks5-hostname', socks, ...flags, url])

describeWith(['curl'], 'SOCKS: real curl', () => {
  test('a short name, a full one, a ClusterIP, a pod', async () => {
    for (const host of [
      'page',
      'page.default',
      'page.default.svc.cluster.local',
      clusterIP,
      world.cluster.pod('page').ip ?? '',
    ]) {
      expect(await curl(`http://${host}/`)).toEqual({ out: `<h1>hello from ${host}</h1>`, err: '', status: 0 })
    }
  })

  test('https inside the cluster', async () => {
    const host = 'ingress-nginx-controller.ingress-nginx'
    const ca = ['--cacert', join(world.folder, 'ca.pem'), '--connect-to', `page.example.com:443:${host}:443`]
    expect(await curl('https://page.example.com/', ...ca)).toMatchObject({
      out: '<h1>hello from page.example.com</h1>',
      status: 0,
    })
  })

  test('what cannot be reached: curl says why', async () => {
    const why = async (url: string): Promise<string> => (await curl(url)).err
    expect(await why('http://nowhere/')).toContain('(4)')
    expect(await why('http://nobody/')).toContain('(5)')
  })
})

/** What the door answers to these bytes, until it closes or has said so much. */
function ask(bytes: readonly number[], length: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: world.doors.socks?.port ?? 0 })
    let heard: number[] = []
    socket.on('data', (data: Buffer) => {
      heard = [...heard, ...data]
      if (heard.length >= length) socket.destroy()
    })
    socket.on('close', () => resolve(heard))
    socket.on('error', reject)
    for (const byte of bytes) socket.write(Buffer.from([byte]))
  })
}

const HELLO = [5, 1, 0]
test.each<[string, readonly number[], readonly number[]]>([
  ['BIND', [...HELLO, 5, 2, 0, 1, 10, 0, 0, 1, 0, 80], [5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0]],
  ['UDP ASSOCIATE', [...HELLO, 5, 3, 0, 1, 10, 0, 0, 1, 0, 80], [5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0]],
  ['an address of no known type', [...HELLO, 5, 1, 0, 9, 10, 0, 0, 1, 0, 80], [5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0]],
  ['a refused connection', [...HELLO, 5, 1, 0, 1, 172, 18, 0, 2, 0, 9], [5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0]],
  [
    'an IPv6 address nobody has',
    [...HELLO, 5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), 1, 0, 80],
    [5, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0],
  ],
  ['passwords alone', [5, 1, 2], [5, 0xff]],
  ['SOCKS4', [4, 1, 0, 80, 10, 0, 0, 1, 0], []],
])('%s', async (_what, bytes, answer) => {
  expect(await ask(bytes, answer.length)).toEqual(answer)
})

// Debian's package.
describeWith(['chromium'], 'real Chromium', () => {
  const browse = (url: string, ...flags: readonly string[]) =>
    run('chromium', [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--no-first-run',
      `--user-data-dir=${join(world.folder, 'browser')}`,
      ...flags,
      '--dump-dom',
      url,
    ])

  test('a page of a virtual pod, through an ingress door over https', async () => {
    const port = world.port('https')
    const rules = `--host-resolver-rules=MAP page.example.com ${world.node}`
    const { out } = await browse(`https://page.example.com:${port}/`, rules, '--ignore-certificate-errors')
    expect(out).toContain(`<h1>hello from page.example.com:${port}</h1>`)
  }, 60_000)

  test('a cluster name, through the SOCKS door', async () => {
    const { out } = await browse('http://page.default.svc.cluster.local/', `--proxy-server=socks5://${socks}`)
    expect(out).toContain('<h1>hello from page.default.svc.cluster.local</h1>')
  }, 60_000)
})
