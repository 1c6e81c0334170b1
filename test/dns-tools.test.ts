// The referees of DNS: real dig, host and nslookup against the DNS door of `podwire up`, and podwire's own ones in a simulated
// machine, asked the same. Both must print the same, but for ids, times and where the server is. What podwire's tools
// refuse by name (+trace, host -v, nslookup -debug) is not in the list.

import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from './referees.ts'
import { UpProcess } from './up.ts'

const FIXTURE = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: 10.96.7.7, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: db }
spec: { clusterIP: None, selector: { app: db }, ports: [{ name: pg, port: 5432 }] }
---
apiVersion: v1
kind: Service
metadata: { name: many }
spec: { clusterIP: None, ports: [{ name: http, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: many-a, labels: { kubernetes.io/service-name: many } }
addressType: IPv4
ports: [{ name: http, port: 80, protocol: TCP }]
endpoints: [${Array.from({ length: 100 }, (_, i) => `{ addresses: [10.244.9.${i + 1}], conditions: { ready: true } }`).join(', ')}]
---
apiVersion: v1
kind: Service
metadata: { name: out }
spec: { type: ExternalName, externalName: www.example.org }
---
apiVersion: v1
kind: Service
metadata: { name: alias }
spec: { type: ExternalName, externalName: web.default.svc.cluster.local }
---
apiVersion: v1
kind: Pod
metadata: { name: db-0, labels: { app: db } }
spec: { hostname: db-0, subdomain: db, containers: [{ name: c, image: nginx }] }
`

/** zone: cluster.local */
const WEB = 'web.default.svc.cluster.local'
const DB = 'db.default.svc.cluster.local'

const LOOKUPS: readonly (readonly [tool: 'dig' | 'host' | 'nslookup', args: string])[] = [
  ...[
    ...[WEB, `+short ${WEB}`, `+tcp ${WEB}`, `+noedns ${WEB}`, `+nocookie ${WEB}`, `${WEB} AAAA`, `${WEB} ANY`],
    ...['nope.default.svc.cluster.local', `SRV _http._tcp.${WEB}`, `SRV ${DB}`, `+short SRV ${DB}`, DB, `db-0.${DB}`],
    ...['alias.default.svc.cluster.local', '+short alias.default.svc.cluster.local', 'dns-version.cluster.local TXT'],
    ...['cluster.local SOA', '+multiline cluster.local SOA', 'cluster.local NS', 'cluster.local', '-x 10.96.7.7'],
    ...['+noall +answer alias.default.svc.cluster.local', `+noall +answer +question ${WEB}`, `+nocmd +nostats ${WEB}`],
    ...[`+nocomments ${WEB}`, `+norecurse ${WEB}`, `+dnssec ${WEB}`, `+bufsize=512 ${WEB}`, `${WEB} A ${DB} A`],
    ...[`${WEB} TYPE65`, `${WEB} HTTPS`, 'version.bind CH TXT', `+identify +short ${WEB}`, `+cdflag +adflag ${WEB}`],
    ...[
      `+ttlunits +noall +answer ${WEB}`,
      `+nottlid +noall +answer ${WEB}`,
      `+noclass +noall +answer ${WEB}`,
      `+qr ${WEB}`,
    ],
    ...['cluster.local AXFR', '+short cluster.local AXFR', `-t A ${WEB}`, `+notcp +noall +answer ${WEB} A`],
    ...['web..default', `+nosuchflag ${WEB}`, 'Web.Default.svc.cluster.local', 'kubernetes.default.svc.cluster.local'],
    'a.very.long.name.that.does.not.exist.in.this.cluster.default.svc.cluster.local',
  ].map((args) => ['dig', args] as const),
  ...[
    ...[WEB, DB, 'nope.default.svc.cluster.local', 'alias.default.svc.cluster.local', 'out.default.svc.cluster.local'],
    ...['10.96.7.7', '10.96.7.8', `-t SRV _http._tcp.${WEB}`, `-t AAAA ${WEB}`, '-t TXT dns-version.cluster.local'],
    ...['-t SOA cluster.local', '-t NS cluster.local', `-T ${WEB}`, 'default.svc.cluster.local', `-t MX ${WEB}`],
    ...['-t A default.svc.cluster.local', '-t PTR 7.7.96.10.in-addr.arpa', '-t CNAME out.default.svc.cluster.local'],
  ].map((args) => ['host', args] as const),
  ...[
    ...[WEB, DB, 'nope.default.svc.cluster.local', 'alias.default.svc.cluster.local', 'out.default.svc.cluster.local'],
    ...[
      '10.96.7.7',
      '10.96.7.8',
      `-type=SRV _http._tcp.${WEB}`,
      `-type=AAAA ${WEB}`,
      '-type=TXT dns-version.cluster.local',
    ],
    ...['-type=SOA cluster.local', '-type=NS cluster.local', `-type=A ${WEB}`, 'default.svc.cluster.local'],
    ...[
      `-type=MX ${WEB}`,
      '-type=PTR 7.7.96.10.in-addr.arpa',
      `-vc ${WEB}`,
      '-type=CNAME out.default.svc.cluster.local',
    ],
  ].map((args) => ['nslookup', args] as const),
]

const CLUSTER_DNS = '10.96.0.10'

describeWith(['kubectl', 'dig', 'host', 'nslookup'], 'real DNS tools against podwire up', () => {
  let up: UpProcess
  let address = ''
  let port = ''

  beforeAll(async () => {
    up = new UpProcess(['--dns-port', '0', '--speed', '10', '--no-ingress'])
    await up.ready()
    const [, host = '', number = ''] = /dig @(\S+) -p (\d+)/.exec(up.output) ?? []
    address = host
    port = number
    up.kubectl('apply -f -', FIXTURE)
    up.kubectl('wait --for=condition=Ready pod/db-0 --timeout=60s')
    const shows = (): boolean =>
      spawnSync('dig', [`@${address}`, '-p', port, '+short', DB], { encoding: 'utf8' }).stdout !== ''
    await up.until(shows)
  }, 90_000)

  afterAll(async () => {
    await up.stop()
  })

  /** Without what differs from run to run. */
  const plain = (text: string): string =>
    text
      .replaceAll(`${address}#${port}`, 'SERVER')
      .replaceAll(`${CLUSTER_DNS}#53`, 'SERVER')
      .replaceAll(address, 'ADDRESS')
      .replaceAll(CLUSTER_DNS, 'ADDRESS')
      .replaceAll(/<<>> DiG \S+ <<>> .*/g, '<<>> DiG')
      .replaceAll(/\bid: \d+/g, 'id: ID')
      .replaceAll(/COOKIE: [0-9a-f]{16}/g, 'COOKIE: C')
      .replaceAll(/\b\d+ (msec|ms)\b/g, 'T $1')
      .replaceAll(/WHEN: .*/g, 'WHEN: W')
      // Reverse zones are cached: what is asked later counts down.
      .replaceAll(/(\.in-addr\.arpa\.\t)\d+\t/g, '$1TTL\t')

  test.each(LOOKUPS)('%s %s', (tool, args) => {
    const words = args.split(' ')
    const at = {
      dig: [`@${address}`, '-p', port, ...words],
      host: ['-p', port, ...words, address],
      nslookup: [`-port=${port}`, ...words, address],
    }[tool]
    const real = up.run(tool, at)
    const simulated = up.exec(
      'node/node-1',
      tool,
      ...(tool === 'dig' ? [`@${CLUSTER_DNS}`, ...words] : [...words, CLUSTER_DNS]),
    )
    expect({ ...simulated, stdout: plain(simulated.stdout), stderr: plain(simulated.stderr) }).toEqual({
      ...real,
      stdout: plain(real.stdout),
      stderr: plain(real.stderr),
    })
  })

  test('EDNS0 sizes: what does not fit is truncated, and real dig asks again over TCP', () => {
    const ask = (...words: readonly string[]): string =>
      up.run('dig', [`@${address}`, '-p', port, 'many.default.svc.cluster.local', ...words]).stdout
    expect(ask('+ignore', '+bufsize=512')).toMatch(/flags: qr aa tc rd/)
    const whole = ask()
    expect(whole).toContain(';; Truncated, retrying in TCP mode.')
    expect(whole).toContain('ANSWER: 100')
    expect(whole).toContain('(TCP)')
    expect(ask('+bufsize=4096', '+notcp')).toMatch(/ANSWER: 100[\s\S]*\(UDP\)/)
  })

  const query = (id: number, name: string): Buffer => {
    const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
    const head = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])])
  }

  test('TCP: several questions on one connection, in any pieces', async () => {
    const frames = Buffer.concat(
      [1, 2, 3].map((id) => {
        const bytes = query(id, WEB)
        return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
      }),
    )
    const socket = connect({ host: address, port: Number(port) })
    let received = Buffer.alloc(0)
    socket.on('data', (data: Buffer) => (received = Buffer.concat([received, data])))
    const ids = (): number[] => {
      const found: number[] = []
      for (let at = 0; at + 4 <= received.length; at += 2 + received.readUInt16BE(at))
        found.push(received.readUInt16BE(at + 2))
      return found
    }
    socket.write(frames.subarray(0, 5))
    socket.write(frames.subarray(5, 60))
    socket.write(frames.subarray(60))
    await up.until(() => ids().length === 3)
    expect(ids().sort((a, b) => a - b)).toEqual([1, 2, 3])
    socket.destroy()
  })

  test('UDP: malformed packets get what CoreDNS gives, and the next question is answered', async () => {
    const socket = createSocket('udp4')
    const replies: Buffer[] = []
    socket.on('message', (data) => replies.push(data))
    const send = (data: Buffer): void => socket.send(data, Number(port), address)
    send(Buffer.from([1, 2, 3]))
    send(Buffer.alloc(600, 0xff))
    // A name whose pointer points at itself.
    send(Buffer.from([0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]))
    // Opcode STATUS.
    send(Buffer.from([0, 10, 0x10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]))
    send(query(11, WEB))
    await up.until(() => replies.length >= 3)
    const seen = replies.map((data) => [data.readUInt16BE(0), data.readUInt8(3) & 15]).sort(([a = 0], [b = 0]) => a - b)
    expect(seen).toEqual([
      [9, 1],
      [10, 4],
      [11, 0],
    ])
    socket.close()
  })

  test('podwire trace: the search list, then the way, as text and as data', () => {
    const { stdout, stderr, status } = up.podwire('trace', 'default/db-0', 'http://web/')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^pod\/default\/db-0 → http:\/\/web\/: connection refused$/m)
    expect(stdout).toMatch(
      /^ {2}10\.96\.0\.10 {2}dns {2}web\.default\.svc\.cluster\.local\. A: NOERROR A 10\.96\.7\.7 /m,
    )
    expect(stdout).toMatch(/default\/web:http has no endpoints/)
    const data = JSON.parse(up.podwire('trace', 'external', 'http://web/', '--json').stdout) as { result: object }
    expect(data.result).toEqual({ kind: 'failed', code: 'ENOTFOUND', text: 'could not resolve host web' })
    const wrong = up.podwire('trace', 'default/ghost', 'http://web/')
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('there is no such pod')])
  })

  test('nothing was reported as a bug on the way', () => {
    expect(up.errors).toBe('')
  })
})
