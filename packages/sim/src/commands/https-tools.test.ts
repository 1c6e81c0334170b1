// curl and wget over https on a two-node cluster: whom they trust, what they print, how they exit. The real curl 7.88.1, where it is
// installed, is asked the same of a real server with the same certificates, and has to say the same.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectOutput, createFileTree, runShell } from '@podwire/shell'
import { describe, expect, test } from 'vitest'
import {
  createCertificateAuthority,
  createSelfSignedCertificate,
  type IssuedCertificate,
} from '../certificates/index.ts'
import { createTestCluster, FAR } from '../fabric/test-cluster.ts'
import { serveHttp } from '../http/index.ts'
import { bindTools } from './index.ts'

const authority = createCertificateAuthority()
const HOST = 'foo.bar.com'
/** Good today and where the cluster's clock starts. */
const always = { notBefore: new Date('2025-01-01'), notAfter: new Date('2049-01-01') }

const SERVERS: ReadonlyMap<string, IssuedCertificate> = new Map([
  ['good', authority.issue({ hosts: [HOST, '*.foo.com'], organization: 'Bar', ...always })],
  ['wildcard', authority.issue({ hosts: ['*.bar.com'], ...always })],
  ['another', authority.issue({ hosts: ['other.com'], ...always })],
  ['expired', authority.issue({ hosts: [HOST], notBefore: new Date('2025-01-01'), notAfter: new Date('2025-12-01') })],
  ['early', authority.issue({ hosts: [HOST], notBefore: new Date('2048-01-01'), notAfter: new Date('2049-01-01') })],
  ['self-signed', createSelfSignedCertificate({ hosts: [HOST], ...always })],
  ['nameless', createSelfSignedCertificate({ hosts: [], commonName: 'x.y', ...always })],
  ['intermediate', authority.intermediate('class 3b').issue({ hosts: [HOST], ...always })],
])

function filesFor(name: string): ReadonlyMap<string, string> {
  return new Map([
    ['/ca.pem', authority.certificate],
    ['/own.pem', SERVERS.get(name)?.certificate ?? ''],
    ['/broken.pem', 'not a certificate\n'],
  ])
}

async function simulated(server: string, script: string, libc: 'glibc' | 'musl' = 'musl') {
  const cluster = createTestCluster()
  const credentials = SERVERS.get(server)
  const answer = () => ({ status: 200, reason: 'OK', headers: [], body: Buffer.from('hello\n') })
  serveHttp(cluster.far, 443, answer, credentials === undefined ? {} : { tls: { credentials: () => credentials } })
  const { engine, driver } = cluster
  const stdout = collectOutput()
  const stderr = collectOutput()
  const lookup = async (name: string) => ({ addresses: [FAR], canonicalName: name, queries: [] })
  const host = { network: cluster.client, resolver: { lookup }, resolvConf: () => '', hostname: 'client', libc }
  const shell = runShell({
    engine,
    random: engine.random.fork('shell'),
    files: createFileTree(filesFor(server)),
    environment: new Map(),
    commands: bindTools(host),
    argv: ['sh', '-c', script],
    stdout,
    stderr,
    hostname: 'client',
  })
  const status = await driver.wait(shell.done)
  return { out: stdout.text(), err: stderr.text(), status }
}

const MORE = `More details here: https://curl.haxx.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above.
`

test.each<[string, string, string, string, number]>([
  ['a good one', 'good', 'curl -sS --cacert /ca.pem https://foo.bar.com/', '', 0],
  ['a wildcard', 'wildcard', 'curl -sS --cacert /ca.pem https://foo.bar.com/', '', 0],
  ['-k takes anything', 'expired', `curl -sSk https://10.0.0.1/ --resolve *:443:${FAR}`, '', 0],
  [
    'self-signed',
    'self-signed',
    'curl -sS --cacert /ca.pem https://foo.bar.com/',
    `curl: (60) SSL certificate problem: self signed certificate\n${MORE}`,
    60,
  ],
  ['self-signed, and trusted itself', 'self-signed', 'curl -sS --cacert /own.pem https://foo.bar.com/', '', 0],
  [
    'no authorities at all',
    'good',
    'curl -sS https://foo.bar.com/',
    `curl: (60) SSL certificate problem: unable to get local issuer certificate\n${MORE}`,
    60,
  ],
  [
    'another name',
    'another',
    'curl -sS --cacert /ca.pem https://foo.bar.com/',
    "curl: (51) SSL: no alternative certificate subject name matches target host name 'foo.bar.com'\n",
    51,
  ],
  [
    'plain HTTP there',
    'none',
    'curl -sS https://foo.bar.com/',
    'curl: (35) error:1408F10B:SSL routines:ssl3_get_record:wrong version number\n',
    35,
  ],
  [
    'no such file of authorities',
    'good',
    'curl -sS --cacert /none.pem https://foo.bar.com/',
    'curl: (77) error setting certificate verify locations:\n  CAfile: /none.pem\n  CApath: none\n',
    77,
  ],
])('curl 7.61: %s', async (_what, server, script, err, status) => {
  const result = await simulated(server, script, 'glibc')
  expect(result).toEqual({ out: status === 0 ? 'hello\n' : '', err, status })
})

const WGET_UNTRUSTED = `Connecting to foo.bar.com (foo.bar.com)|${FAR}|:443... connected.
ERROR: The certificate of 'foo.bar.com' is not trusted.
ERROR: The certificate of 'foo.bar.com' `

test.each<[string, string, string, string | RegExp, number]>([
  ['GNU', 'good', 'wget -q -O- --ca-certificate=/ca.pem https://foo.bar.com/', '', 0],
  [
    'GNU, nobody trusted',
    'good',
    'wget -O- https://foo.bar.com/',
    `${WGET_UNTRUSTED}doesn't have a known issuer.\n`,
    5,
  ],
  [
    'GNU, expired',
    'expired',
    'wget -O- --ca-certificate=/ca.pem https://foo.bar.com/',
    `${WGET_UNTRUSTED}has expired.\n`,
    5,
  ],
  ['GNU, told not to look', 'expired', 'wget -q -O- --no-check-certificate https://foo.bar.com/', '', 0],
  ['GNU, plain HTTP there', 'none', 'wget -O- https://foo.bar.com/', 'Unable to establish SSL connection.\n', 4],
])('wget: %s', async (_what, server, script, err, status) => {
  const result = await simulated(server, script, 'glibc')
  expect(result.status).toBe(status)
  expect(result.out).toBe(status === 0 ? 'hello\n' : '')
  expect(result.err).toContain(err)
})

test('busybox wget says that it does not look', async () => {
  const result = await simulated('expired', 'wget -O- https://foo.bar.com/', 'musl')
  expect(result.status).toBe(0)
  expect(result.err).toContain('wget: note: TLS certificate validation not implemented\n')
})

/** What does not depend on the server's implementation: session tickets, sizes, the port and its own headers are left out. */
function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !/bytes data\]|Newsession Ticket|old SSL session|^[<>]|^ *%|^ *Dload|^ *\d+ +\d+/.test(line))
    .map((line) =>
      line
        .replace(/.*\r/, '')
        .replace(/ port \d+/, ' port N')
        .replace(/(Trying|\() ?[\d.]+(?::\d+)?/, '$1 A'),
    )
    .filter((line) => !/DNS cache/.test(line))
}

const version = spawnSync('curl', ['--version']).stdout?.toString() ?? ''

describe.skipIf(!version.startsWith('curl 7.88.1') || !version.includes('OpenSSL/3.0'))('real curl', () => {
  test.each<[string, string, readonly string[]]>([
    ['a good one', 'good', ['--cacert', '/ca.pem']],
    ['a wildcard', 'wildcard', ['--cacert', '/ca.pem']],
    ['an intermediate authority', 'intermediate', ['--cacert', '/ca.pem']],
    ['another name', 'another', ['--cacert', '/ca.pem']],
    ['expired', 'expired', ['--cacert', '/ca.pem']],
    ['not yet valid', 'early', ['--cacert', '/ca.pem']],
    ['self-signed', 'self-signed', ['--cacert', '/ca.pem']],
    ['self-signed, trusted, common name alone', 'nameless', ['--cacert', '/own.pem']],
    ['-k', 'self-signed', ['-k']],
    ['-k of an authority nobody knows', 'intermediate', ['-k']],
    ['a broken file of authorities', 'good', ['--cacert', '/broken.pem']],
    ['plain HTTP there', 'none', ['-k']],
  ])('says the same of: %s', async (_what, server, flags) => {
    const folder = mkdtempSync(join(tmpdir(), 'podwire-curl-'))
    for (const [path, text] of filesFor(server)) writeFileSync(join(folder, path), text)
    const web = await serve(SERVERS.get(server))
    const { port } = web.address() as AddressInfo
    const common = ['-sSv', '--http1.1']
    const real = await realCurl([
      ...common,
      ...flags.map((flag) => (flag.startsWith('/') ? folder + flag : flag)),
      '--resolve',
      `${HOST}:${port}:127.0.0.1`,
      `https://${HOST}:${port}/`,
    ])
    web.close()
    rmSync(folder, { recursive: true })
    const ours = await simulated(server, `curl ${[...common, ...flags].join(' ')} https://${HOST}/`)
    expect([ours.status, ours.out]).toEqual([real.status, real.out])
    expect(lines(ours.err)).toEqual(
      lines(real.err.replaceAll(folder, '').replace(/OpenSSL\/3\.0\.\d+/g, 'OpenSSL/3.0.19')),
    )
  })
})

function serve(credentials: IssuedCertificate | undefined): Promise<Server> {
  const answer = (_request: unknown, response: { end(text: string): void }): void => response.end('hello\n')
  const server =
    credentials === undefined
      ? createHttpServer(answer)
      : createServer({ cert: credentials.certificate, key: credentials.key, ALPNProtocols: ['http/1.1'] }, answer)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

function realCurl(args: readonly string[]): Promise<{ out: string; err: string; status: number | null }> {
  const child = spawn('curl', args)
  let out = ''
  let err = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  return new Promise((resolve) => child.on('close', (status) => resolve({ out, err, status })))
}
