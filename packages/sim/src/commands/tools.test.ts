// The network tools on a two-node cluster with kube-proxy's rules: what they print and how they exit. Texts of curl 7.88.1, dig, host
// and nslookup were compared with the real programs.

import { decodeMessage, encodeMessage, replyTo, type ResourceRecord } from '@podwire/dns'
import { collectOutput, createFileTree, runShell } from '@podwire/shell'
import { describe, expect, test } from 'vitest'
import { CLIENT, createTestCluster, FAR, NEAR, type TestCluster } from '../fabric/test-cluster.ts'
import type { HttpHandler } from '../http/index.ts'
import { serveHttp } from '../http/index.ts'
import type { LookupResult } from '../images/image.ts'
import { bindTools, networkTools } from './index.ts'
import type { ToolHost } from './tool.ts'

const NAMES: ReadonlyMap<string, string> = new Map([
  ['web', FAR],
  ['mysql', NEAR],
  ['gone', '10.244.9.9'],
])

const answer: HttpHandler = (request) => {
  const body = Buffer.from(request.method === 'POST' ? `got ${Buffer.from(request.body).toString()}\n` : 'hello\n')
  if (request.target === '/move')
    return { status: 302, reason: 'Found', headers: [['Location', '/']], body: Buffer.from('') }
  if (request.target === '/none') return { status: 404, reason: 'Not Found', headers: [], body: Buffer.from('no\n') }
  if (request.target === '/host') {
    const host = request.headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? ''
    return { status: 200, reason: 'OK', headers: [], body: Buffer.from(`${host}\n`) }
  }
  return { status: 200, reason: 'OK', headers: [['Content-Type', 'text/plain']], body }
}

function serveDns(cluster: TestCluster): void {
  const socket = cluster.near.bindUdp(53)
  socket.onMessage = (data, from) => {
    const query = decodeMessage(data)
    const question = query?.question
    if (query === undefined || question === undefined) return
    const known = /^web\.default\.(svc\.(cluster\.local\.)?)?$/.test(question.name)
    const answers: readonly ResourceRecord[] =
      known && question.type === 1 ? [{ name: question.name, ttl: 30, type: 'A', address: FAR }] : []
    const reply = replyTo(query, {
      authoritative: true,
      rcode: known ? 0 : 3,
      recursionAvailable: true,
      answer: answers,
    })
    socket.send(encodeMessage(reply), from)
  }
}

function createWorld(libc: 'glibc' | 'musl'): { readonly cluster: TestCluster; readonly host: ToolHost } {
  const cluster = createTestCluster()
  serveHttp(cluster.far, 80, answer)
  serveDns(cluster)
  cluster.near.listenTcp(3306, (socket) => {
    socket.write(Buffer.from('5.7.24 greeting\n'))
    socket.onData = () => socket.end()
  })
  cluster.near.listenTcp(81, (socket) => {
    socket.onData = () => socket.end()
  })
  cluster.near.listenTcp(82, () => undefined)
  const lookup = async (name: string): Promise<LookupResult> => {
    const address = NAMES.get(name)
    if (address === undefined) return { error: 'not-found', queries: [] }
    return { addresses: [address], canonicalName: name, queries: [] }
  }
  const resolvConf = (): string =>
    `nameserver ${NEAR}\nsearch default.svc.cluster.local svc.cluster.local\noptions ndots:5\n`
  return { cluster, host: { network: cluster.client, resolver: { lookup }, resolvConf, hostname: 'client', libc } }
}

async function run(
  libc: 'glibc' | 'musl',
  script: string,
): Promise<{ readonly out: string; readonly err: string; readonly status: number; readonly seconds: number }> {
  const { cluster, host } = createWorld(libc)
  const { engine, driver } = cluster
  const stdout = collectOutput()
  const stderr = collectOutput()
  const shell = runShell({
    engine,
    random: engine.random.fork('shell'),
    files: createFileTree(new Map([['/tmp/x', '']])),
    environment: new Map(),
    commands: bindTools(host),
    argv: ['sh', '-c', script],
    stdout,
    stderr,
    hostname: 'client',
  })
  const status = await driver.wait(shell.done)
  return { out: stdout.text(), err: stderr.text(), status, seconds: Math.round(engine.clock.now() / 1_000_000) }
}

interface Row {
  readonly name: string
  readonly libc?: 'glibc' | 'musl'
  readonly script: string
  readonly out?: string | RegExp
  readonly err?: string | RegExp
  readonly status?: number
  readonly seconds?: number
}

const CURL: readonly Row[] = [
  { name: 'a page', script: 'curl -s http://web/', out: 'hello\n', err: '', status: 0 },
  { name: 'without scheme', script: 'curl -s web', out: 'hello\n' },
  { name: '-i', script: 'curl -si web/none', out: /^HTTP\/1\.1 404 Not Found\r\n[\s\S]*\r\n\r\nno\n$/ },
  { name: '-I', script: 'curl -sI web', out: /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\n[\s\S]*\r\n\r\n$/ },
  { name: '-d', script: 'curl -s -d a=1 -d b=2 web', out: 'got a=1&b=2\n' },
  { name: '-H Host', script: 'curl -s -H "Host: kubia.example.com" web/host', out: 'kubia.example.com\n' },
  { name: '--resolve', script: `curl -s --resolve other.example:80:${FAR} other.example/host`, out: 'other.example\n' },
  { name: '-L', script: 'curl -sL web/move', out: 'hello\n' },
  {
    name: '-o and -w',
    script: "curl -s -o /dev/null -w '%{http_code} %{size_download} %{remote_ip}\\n' web",
    out: `200 6 ${FAR}\n`,
  },
  { name: '-o file', script: 'curl -s -o /tmp/f web; cat /tmp/f', out: 'hello\n' },
  {
    name: '-f in 7.61',
    script: 'curl -sSf web/none',
    out: '',
    err: 'curl: (22) The requested URL returned error: 404 Not Found\n',
    status: 22,
  },
  {
    name: '-f in 7.88',
    libc: 'musl',
    script: 'curl -sSf web/none',
    err: 'curl: (22) The requested URL returned error: 404\n',
    status: 22,
  },
  {
    name: 'no such host',
    script: 'curl kubia.default',
    err: 'curl: (6) Could not resolve host: kubia.default\n',
    status: 6,
  },
  { name: 'silent failure', script: 'curl -s nohost', out: '', err: '', status: 6 },
  {
    name: 'refused in 7.61',
    script: 'curl web:81',
    err: 'curl: (7) Failed to connect to web port 81: Connection refused\n',
    status: 7,
  },
  {
    name: 'refused in 7.88',
    libc: 'musl',
    script: 'curl web:81',
    err: /^curl: \(7\) Failed to connect to web port 81 after \d+ ms: Couldn't connect to server\n$/,
    status: 7,
  },
  { name: 'a greeting in 7.61', script: 'curl -s mysql:3306', out: '5.7.24 greeting\n' },
  {
    name: 'a greeting in 7.88',
    libc: 'musl',
    script: 'curl mysql:3306',
    out: '',
    err: 'curl: (1) Received HTTP/0.9 when not allowed\n',
    status: 1,
  },
  {
    name: 'a greeting allowed in 7.88',
    libc: 'musl',
    script: 'curl -s --http0.9 mysql:3306',
    out: '5.7.24 greeting\n',
  },
  { name: 'empty reply', script: 'curl mysql:81', err: 'curl: (52) Empty reply from server\n', status: 52 },
  {
    name: 'no answer in time',
    script: 'curl -m 2 mysql:82',
    err: 'curl: (28) Operation timed out after 2000 milliseconds with 0 bytes received\n',
    status: 28,
    seconds: 2,
  },
  {
    name: 'https where nobody listens',
    script: 'curl https://web/',
    err: /^curl: \(7\) Failed to connect to web port 443/,
    status: 7,
  },
  {
    name: 'another protocol',
    script: 'curl foo://web/',
    err: 'curl: (1) Protocol "foo" not supported or disabled in libcurl\n',
    status: 1,
  },
  { name: 'a proxy', script: 'curl -x p web', err: /proxy is not simulated/, status: 2 },
  {
    name: 'unknown option',
    script: 'curl --bogus web',
    err: "curl: option --bogus: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
    status: 2,
  },
  {
    name: '-v',
    script: 'curl -sv web 2>&1',
    out: /^\* {3}Trying 10[\s\S]*> GET \/ HTTP\/1\.1\r?\n> Host: web\r?\n> User-Agent: curl\/7\.61\.1\r?\n> Accept: \*\/\*\r?\n> \r?\n< HTTP\/1\.1 200 OK/,
  },
  {
    name: '-G',
    script: "curl -s -G --data-urlencode 'q=a b' -w '%{url_effective}' web",
    out: 'hello\nhttp://web/?q=a%20b',
  },
  {
    name: '-T',
    script: 'echo body > /tmp/up; curl -sv -T /tmp/up web/d/ 2>&1',
    out: /> PUT \/d\/up HTTP\/1\.1[\s\S]*> Content-Length: 5\r?\n/,
  },
  { name: '-r', script: 'curl -sv -r 0-3 web 2>&1', out: /> Range: bytes=0-3\r?\n/ },
  {
    name: '-F',
    script: 'echo x > /tmp/f; curl -s -F a=1 -F "b=@/tmp/f;type=text/plain" web',
    out: /^got -{24}|^got --/,
  },
  {
    name: '--connect-to',
    script: 'curl -s --connect-to other.example:80:web: other.example/host',
    out: 'other.example\n',
  },
  {
    name: 'a connection the kernel gave up, in 7.61',
    script: 'curl -s http://10.99.0.1; echo $?',
    out: '7\n',
    seconds: 127,
  },
  {
    name: 'a connection the kernel gave up, in 7.88',
    libc: 'musl',
    script: 'curl -sS http://10.99.0.1',
    err: "curl: (28) Failed to connect to 10.99.0.1 port 80 after 127000 ms: Couldn't connect to server\n",
    status: 28,
  },
  { name: '--retry', script: 'curl -s --retry 2 --retry-connrefused web:81; echo $?', out: '7\n', seconds: 3 },
]

const WGET: readonly Row[] = [
  { name: 'GNU to stdout', script: 'wget -qO- http://web/', out: 'hello\n', err: '' },
  { name: 'busybox to stdout', libc: 'musl', script: 'wget -qO- web', out: 'hello\n', err: '' },
  {
    name: 'busybox refused',
    libc: 'musl',
    script: 'wget -qO- web:81',
    err: `wget: can't connect to remote host (${FAR}): Connection refused\n`,
    status: 1,
  },
  { name: 'busybox no host', libc: 'musl', script: 'wget -qO- nohost', err: "wget: bad address 'nohost'\n", status: 1 },
  {
    name: 'busybox 404',
    libc: 'musl',
    script: 'wget -qO- web/none',
    err: 'wget: server returned error: HTTP/1.1 404 Not Found\n',
    status: 1,
  },
  {
    name: 'busybox time-out',
    libc: 'musl',
    script: 'wget -qO- -T 3 mysql:82',
    err: 'wget: download timed out\n',
    status: 1,
    seconds: 3,
  },
  { name: 'GNU 404', script: 'wget -O- web/none', err: /ERROR 404: Not Found\.\n$/, status: 8 },
  { name: 'GNU refused', script: 'wget -O- web:81', err: /failed: Connection refused\.\n$/, status: 4 },
]

const DNS: readonly Row[] = [
  { name: 'dig +short', script: 'dig +short web.default.svc.cluster.local', out: `${FAR}\n` },
  { name: 'dig +search +short', script: 'dig +search +short web.default.svc.cluster.local', out: `${FAR}\n` },
  {
    name: 'dig +noall +answer',
    script: 'dig +noall +answer web.default.svc',
    out: `web.default.svc.\t30\tIN\tA\t${FAR}\n`,
  },
  {
    name: 'dig',
    script: 'dig web.default.',
    out: /;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: \d+\n;; flags: qr aa rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0\n\n;; QUESTION SECTION:\n;web\.default\.\t\t\tIN\tA\n\n;; ANSWER SECTION:\nweb\.default\.\t\t30\tIN\tA\t10\.244\.1\.2\n\n;; Query time: \d+ msec\n/,
  },
  {
    name: 'dig of a long name',
    script: 'dig +nostats +nocmd web.default.svc.cluster.local',
    out: /^;; Got answer:\n;; WARNING: \.local is reserved for Multicast DNS\n;; You are [\s\S]*\n;web\.default\.svc\.cluster\.local\.\tIN\tA\n\n;; ANSWER SECTION:\nweb\.default\.svc\.cluster\.local\. 30 IN\tA\t10\.244\.1\.2\n\n$/,
  },
  {
    name: 'nslookup of busybox asks every domain of the search list',
    libc: 'musl',
    script: 'nslookup web; echo $?',
    out: `Server:\t\t${NEAR}\nAddress:\t${NEAR}:53\n\nName:\tweb.default.svc.cluster.local\nAddress: ${FAR}\n\n** server can't find web.svc.cluster.local: NXDOMAIN\n\n\n** server can't find web.svc.cluster.local: NXDOMAIN\n\n1\n`,
  },
  { name: 'dig NXDOMAIN', script: 'dig nope.', out: /status: NXDOMAIN/, status: 0 },
  {
    name: 'dig of a silent server',
    script: 'dig @10.244.9.9 +time=1 +tries=1 web.',
    out: /no servers could be reached/,
    status: 9,
  },
  { name: 'dig bad option', script: 'dig +bogus web', err: /^Invalid option: \+bogus\n/, status: 1 },
  {
    name: 'nslookup of BIND',
    script: 'nslookup web.default',
    out: `Server:\t\t${NEAR}\nAddress:\t${NEAR}#53\n\nName:\tweb.default.svc.cluster.local\nAddress: ${FAR}\n\n`,
    status: 0,
  },
  {
    name: 'nslookup NXDOMAIN',
    script: 'nslookup nope',
    out: `Server:\t\t${NEAR}\nAddress:\t${NEAR}#53\n\n** server can't find nope: NXDOMAIN\n\n`,
    status: 1,
  },
  {
    name: 'nslookup of busybox',
    libc: 'musl',
    script: 'nslookup web.default.svc.cluster.local',
    out: `Server:\t\t${NEAR}\nAddress:\t${NEAR}:53\n\nName:\tweb.default.svc.cluster.local\nAddress: ${FAR}\n\n\n`,
    status: 0,
  },
  { name: 'host', script: 'host web.default.svc', out: `web.default.svc has address ${FAR}\n` },
  { name: 'host not found', script: 'host nope', out: 'Host nope not found: 3(NXDOMAIN)\n', status: 1 },
  { name: 'getent', script: 'getent hosts web; getent hosts nohost; echo $?', out: `${FAR.padEnd(15)} web\n2\n` },
]

const OTHERS: readonly Row[] = [
  {
    name: 'nc -z open',
    script: 'nc -zv web 80',
    err: `Connection to web (${FAR}) 80 port [tcp/http] succeeded!\n`,
    status: 0,
  },
  {
    name: 'nc -z closed',
    script: 'nc -zv web 81',
    err: `nc: connect to web (${FAR}) port 81 (tcp) failed: Connection refused\n`,
    status: 1,
  },
  { name: 'nc of busybox', libc: 'musl', script: 'nc -zv web 80', err: `web (${FAR}:80) open\n`, status: 0 },
  { name: 'nc talks', script: 'echo hi | nc mysql 3306', out: '5.7.24 greeting\n', status: 0 },
  {
    name: 'nc -e',
    script: `nc -l -p 9000 -e 'tr a-z A-Z' & sleep 1; echo hello | nc -N ${CLIENT} 9000; wait $!; echo $?`,
    out: 'HELLO\n0\n',
  },
  {
    name: 'busybox ends its direction with the input',
    libc: 'musl',
    script: `(echo hi | nc -l -p 9000) & sleep 1; nc ${CLIENT} 9000 < /dev/null; wait; echo over`,
    out: 'hi\nover\n',
  },
  {
    name: 'ncat too',
    script: `(echo hi | ncat -l 9000) & sleep 1; ncat ${CLIENT} 9000 < /dev/null; echo over`,
    out: 'hi\nover\n',
  },
  {
    name: 'ip -br and ip route get',
    script: 'ip -br address; ip route get 127.0.0.1',
    out: /^lo +UNKNOWN +127\.0\.0\.1\/8 \neth0 +UP +[\d.]+\/24 \nlocal 127\.0\.0\.1 dev lo/,
  },
  {
    name: 'busybox wget keeps a file',
    libc: 'musl',
    script: 'cd /tmp; wget -q web/f; wget -q web/f; echo $?; wget -q -O f web; echo $?',
    out: '1\n0\n',
    err: "wget: can't open 'f': File exists\n",
  },
  {
    name: 'nc listens',
    script: `nc -l 9000 > /tmp/got & sleep 1; echo hello | nc -N ${CLIENT} 9000; wait; cat /tmp/got`,
    out: 'hello\n',
  },
  {
    name: 'ping',
    script: 'ping -c 2 web',
    out: new RegExp(
      `^PING web \\(${FAR}\\) 56\\(84\\) bytes of data\\.\n64 bytes from web \\(${FAR}\\): icmp_seq=1 ttl=64 time=\\d+\\.\\d+ ms\n[\\s\\S]*2 packets transmitted, 2 received, 0% packet loss, time \\d+ms\nrtt `,
    ),
    status: 0,
  },
  {
    name: 'ping of who does not answer counts its time to the last request',
    script: 'ping -c 3 203.0.113.9',
    out: /\n3 packets transmitted, 0 received, 100% packet loss, time 2000ms\n/,
    status: 1,
  },
  {
    name: 'ping of busybox',
    libc: 'musl',
    script: 'ping -c 1 web',
    out: /1 packets transmitted, 1 packets received, 0% packet loss\nround-trip/,
    status: 0,
  },
  { name: 'ping no host', script: 'ping -c 1 nohost', err: 'ping: nohost: Name or service not known\n', status: 2 },
  { name: 'ip addr', script: 'ip addr show eth0', out: new RegExp(`inet ${CLIENT}/\\d+ .*scope global eth0`) },
  { name: 'ip route', script: 'ip route', out: /^default via / },
  {
    name: 'ip refuses changes',
    script: 'ip route add 1.2.3.0/24 dev eth0',
    err: 'RTNETLINK answers: Operation not permitted\n',
    status: 2,
  },
  { name: 'ss', script: 'nc -l 9000 & sleep 1; ss -lnt; kill $!', out: /LISTEN {5}0 {6}511 +\S+:9000/ },
  {
    name: 'ss of connections',
    script: 'nc -l 9000 & sleep 1; sleep 9 | nc 127.0.0.1 9000 & sleep 1; ss -Hnt; ss -lHnt | wc -l; kill %1 %2',
    out: /^ESTAB +0 +0 +127.0.0.1:9000 +127.0.0.1:(\d+)\s+ESTAB +0 +0 +127.0.0.1:\1 +127.0.0.1:9000\s+1\n$/,
  },
  {
    name: 'ncat over SCTP',
    script: `(ncat --sctp -l 9000 > got) & sleep 1; echo hi | ncat --sctp ${CLIENT} 9000; ncat -v --sctp ${CLIENT} 9000; cat got`,
    out: 'hi\n',
    err: `nc: connect to ${CLIENT} port 9000 (sctp) failed: Connection refused\n`,
  },
  { name: 'nc has no SCTP', script: 'nc --sctp 127.0.0.1 9000', err: /unrecognized option '--sctp'/, status: 1 },
  {
    name: 'ss and netstat of associations',
    script:
      'sleep 9 | ncat --sctp -l 9000 & sleep 1; sleep 9 | ncat --sctp 127.0.0.1 9000 & sleep 1; ss -HnS; netstat -nS; kill %1 %2',
    out: /^ESTAB +0 +0 +127.0.0.1:9000 +127.0.0.1:(\d+)\s+ESTAB +0 +0 +127.0.0.1:\1 [^]+sctp +0 +0 127.0.0.1:9000 +127.0.0.1:\d+ +ESTABLISHED\n/,
  },
  { name: 'ss with a filter', script: 'ss -t state established', err: /filters are not simulated/, status: 255 },
  {
    name: 'netstat of connections',
    script: 'nc -l 9000 & sleep 1; sleep 9 | nc 127.0.0.1 9000 & sleep 1; netstat -ant; kill %1 %2',
    out: /servers and established[^]+tcp +0 +0 127.0.0.1:9000 +127.0.0.1:\d+ +ESTABLISHED\n/,
  },
  { name: 'netstat -r', script: 'netstat -rn', out: /^0\.0\.0\.0 +10\.\S+ +0\.0\.0\.0 +UG +0 +0 +0 eth0$/m },
  { name: 'route', script: 'route', out: /^default +10\.\S+ +0\.0\.0\.0 +UG /m },
  {
    name: 'route refuses changes',
    script: 'route add default gw 1.2.3.4',
    err: 'route: SIOCADDRT: Operation not permitted\n',
    status: 1,
  },
  {
    name: 'ifconfig',
    script: 'ifconfig',
    out: new RegExp(`^ +inet ${CLIENT}  netmask 255.255.255.0  broadcast `, 'm'),
  },
  {
    name: 'ifconfig of busybox',
    libc: 'musl',
    script: 'ifconfig eth0',
    out: new RegExp(`inet addr:${CLIENT}  Bcast:\\S+  Mask:255.255.255.0`),
  },
  {
    name: 'ifconfig of no device',
    script: 'ifconfig eth7',
    err: 'ifconfig: eth7: error fetching interface information: Device not found\n',
    status: 1,
  },
  {
    name: 'telnet',
    script: 'echo hello | nc -l 9000 & sleep 1; telnet 127.0.0.1 9000 < /dev/null',
    out: "Trying 127.0.0.1...\nConnected to 127.0.0.1.\nEscape character is '^]'.\nhello\n",
    err: 'Connection closed by foreign host.\n',
  },
  {
    name: 'telnet to a closed port',
    script: 'telnet 127.0.0.1 9',
    err: 'telnet: Unable to connect to remote host: Connection refused\n',
    status: 1,
  },
  {
    name: 'telnet of busybox',
    libc: 'musl',
    script: 'telnet 127.0.0.1 9',
    err: "telnet: can't connect to remote host (127.0.0.1): Connection refused\n",
    status: 1,
  },
  { name: 'telnet to nobody', script: 'telnet nohost 80', err: /could not resolve nohost\/80/, status: 1 },
  {
    name: 'top is refused by name',
    script: 'top -b',
    err: /^top: not simulated: podwire simulates no use of CPU/,
    status: 1,
  },
  {
    name: 'an image has its own package manager',
    libc: 'musl',
    script: 'apk add x',
    err: /^apk: not simulated/,
    status: 1,
  },
  { name: '… and no other', libc: 'musl', script: 'apt-get update', err: 'sh: apt-get: not found\n', status: 127 },
  { name: 'netstat', script: 'nc -l 9000 & sleep 1; netstat -lnt; kill $!', out: /tcp +0 +0 \S*:9000 +\S+ +LISTEN/ },
  { name: 'hostname -i', script: 'hostname -i', out: `${CLIENT}\n` },
]

for (const [title, rows] of [
  ['curl', CURL],
  ['wget', WGET],
  ['dns tools', DNS],
  ['others', OTHERS],
] as const) {
  describe(title, () => {
    test.each(rows)('$name', async (row) => {
      const result = await run(row.libc ?? 'glibc', row.script)
      if (row.out !== undefined)
        expect(result.out).toEqual(typeof row.out === 'string' ? row.out : expect.stringMatching(row.out))
      if (row.err !== undefined)
        expect(result.err).toEqual(typeof row.err === 'string' ? row.err : expect.stringMatching(row.err))
      if (row.status !== undefined) expect(result.status).toBe(row.status)
      if (row.seconds !== undefined) expect(result.seconds).toBe(row.seconds)
    })
  })
}

test('the tools by name', () => {
  expect([...networkTools.keys()].join(' ')).toBe(
    'curl dig getent host hostname ifconfig ip nc ncat netcat netstat nslookup ping ping6 route ss tar telnet wget',
  )
})
