// The ladder with the real kubectl: what its suite runs with `kubectl exec POD -- /bin/sh -x -c …` on rungs 5, 6, 7, 10 and 11, and
// kubectl debug of a pod, of a copy and of a node.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../referees.ts'
import { UpProcess, type Ran } from '../up.ts'

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53'

const pod = (name: string, args: string, spec = ''): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name.replace(/-.*/, '')}}}
spec:
  terminationGracePeriodSeconds: 1
  ${spec}
  containers: [{name: agnhost, image: '${AGNHOST}', args: [${args}], ports: [{containerPort: 80}]}]
---`

const MANIFESTS = `${pod('client', 'pause')}
${pod('server-1', "netexec, '--http-port=80', '--udp-port=80'")}
${pod('server-2', "netexec, '--http-port=80', '--udp-port=80'")}
${pod('host', 'pause', 'hostNetwork: true\n  nodeName: node-1')}
${pod('dns', 'pause', "dnsPolicy: None\n  dnsConfig: {nameservers: ['1.1.1.1'], searches: [resolv.conf.local]}")}
apiVersion: v1
kind: Pod
metadata: {name: port}
spec:
  nodeName: node-1
  containers: [{name: agnhost, image: '${AGNHOST}', args: [netexec, '--http-port=80'], ports: [{containerPort: 80, hostPort: 54323}]}]
---
apiVersion: v1
kind: Service
metadata: {name: both}
spec:
  type: NodePort
  selector: {app: server}
  ports:
  - {name: tcp, port: 80, protocol: TCP, nodePort: 30080}
  - {name: udp, port: 80, protocol: UDP, nodePort: 30081}
---
apiVersion: v1
kind: Service
metadata: {name: sticky}
spec: {selector: {app: server}, sessionAffinity: ClientIP, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: outside}
spec: {type: ExternalName, externalName: both.default.svc.cluster.local}
`

describeWith(['kubectl'], 'kubectl exec and debug', () => {
  let up: UpProcess
  beforeAll(async () => {
    up = new UpProcess(['--nodes', '2', '--api-port', '0', '--speed', '20'])
    await up.ready()
    expect(up.kubectl('apply -f -', MANIFESTS)).toMatchObject({ status: 0 })
    const waited = up.kubectl('wait --for=condition=Ready pod --all --timeout=60s')
    expect(waited, waited.stderr).toMatchObject({ status: 0 })
  }, 90_000)
  afterAll(() => up.stop())

  const kubectl = (...args: readonly string[]): Ran => up.run('kubectl', args)
  const sh = (name: string, script: string): Ran => kubectl('exec', name, '--', '/bin/sh', '-x', '-c', script)
  const addressOf = (kind: string, name: string, path: string): string =>
    kubectl('get', kind, name, '-o', `jsonpath={${path}}`).stdout

  test('rung 5: a plain command, its output and its exit status', () => {
    const fine = { status: 0, stderr: '' }
    const suffix = kubectl('exec', 'dns', '--', '/agnhost', 'dns-suffix')
    expect(suffix).toMatchObject({ ...fine, stdout: 'resolv.conf.local\n' })
    const servers = kubectl('exec', 'dns', '--', '/agnhost', 'dns-server-list')
    expect(servers).toMatchObject({ ...fine, stdout: '1.1.1.1\n' })
    const failed = sh('client', 'exit 3')
    expect(failed.status).toBe(3)
    expect(failed.stderr).toBe('+ exit 3\ncommand terminated with exit code 3\n')
  })

  test('rungs 6 and 7: a Service by its name, its address and node ports, over TCP and UDP', () => {
    const clusterIP = addressOf('service', 'both', '.spec.clusterIP')
    const node = addressOf('node', 'node-2', '.status.addresses[0].address')
    for (const [flag, host, port] of [
      ['-t', 'both', 80],
      ['-t', clusterIP, 80],
      ['-t', node, 30_080],
      ['-u', 'both', 80],
      ['-u', clusterIP, 80],
      ['-u', node, 30_081],
    ] as const) {
      const { stdout, stderr, status } = sh('client', `echo hostName | nc -v ${flag} -w 2 ${host} ${port}`)
      expect(status, stderr).toBe(0)
      expect(stdout.trim(), `${flag} ${host}`).not.toBe('')
      expect(stderr).toMatch(/^\+ (echo hostName|nc -v)/)
    }
    expect(sh('client', `echo hostName | nc -v -t -w 2 ${clusterIP} 81`)).toMatchObject({ status: 1, stdout: '' })
  })

  test('rung 7: affinity, and a CNAME that resolves', () => {
    const url = `http://${addressOf('service', 'sticky', '.spec.clusterIP')}/hostname`
    const loop = `for i in $(seq 0 15); do echo; curl -q -s --connect-timeout 2 ${url} ; done`
    const answers = sh('client', loop)
      .stdout.split('\n')
      .filter((line) => line !== '')
    expect(answers).toHaveLength(16)
    expect(new Set(answers).size).toBe(1)
    expect(sh('client', 'nslookup outside.default.svc.cluster.local').status).toBe(0)
  })

  test('rung 10: from the node’s network to every pod, with nothing on stderr', () => {
    for (const name of ['server-1', 'server-2']) {
      const ip = addressOf('pod', name, '.status.podIP')
      const http = `curl -g -q -s --max-time 15 --connect-timeout 1 http://${ip}:80/hostName | grep -v '^\\s*$'`
      const udp = `echo hostName | nc -w 1 -u ${ip} 80 | grep -v '^\\s*$'`
      for (const script of [http, udp]) {
        expect(kubectl('exec', 'host', '--', '/bin/sh', '-c', script)).toEqual({
          stdout: `${name}\n`,
          stderr: '',
          status: 0,
        })
      }
    }
    const dial = `http://${addressOf('pod', 'server-1', '.status.podIP')}/dial?request=hostname&protocol=udp&host=${addressOf('pod', 'server-2', '.status.podIP')}&port=80&tries=1`
    expect(JSON.parse(kubectl('exec', 'client', '--', 'curl', '-g', '-q', '-s', dial).stdout)).toEqual({
      responses: ['server-2'],
    })
  })

  test('rung 11: a host port, from the node’s loopback and its address', () => {
    const node = addressOf('node', 'node-1', '.status.addresses[0].address')
    for (const command of [
      `curl -g --connect-timeout 5 --interface ${node} http://127.0.0.1:54323/hostname`,
      `curl -g --connect-timeout 5 http://${node}:54323/hostname`,
    ]) {
      expect(kubectl('exec', 'host', '--', '/bin/sh', '-c', command), command).toMatchObject({
        stdout: 'port',
        status: 0,
      })
    }
  })

  test('kubectl debug adds a container that sees the network and the processes of another', async () => {
    const debug = kubectl(
      'debug',
      'server-1',
      '--image=busybox',
      '--target=agnhost',
      '-c',
      'look',
      '-i',
      '--',
      'sh',
      '-c',
      'ps; wget -qO- localhost/hostname',
    )
    expect(debug, debug.stderr).toMatchObject({ status: 0 })
    expect(debug.stdout).toMatch(
      /\nPID +USER +TIME +COMMAND\n +1 root +\d+:\d\d \/agnhost netexec .*\n(.*\n)* +\d+ root .* ps\nserver-1\n?$/,
    )
    await up.until(
      () => addressOf('pod', 'server-1', '.status.ephemeralContainerStatuses[0].state.terminated.exitCode') === '0',
    )
    expect(addressOf('pod', 'server-1', '.status.ephemeralContainerStatuses[0].ready')).toBe('false')
    expect(sh('server-1', 'echo still here').stdout).toBe('still here\n')
  }, 30_000)

  test('kubectl debug of a copy, and of a node', async () => {
    expect(
      kubectl(
        'debug',
        'server-2',
        '--copy-to=copy',
        '--container=agnhost',
        '--attach=false',
        '--',
        'sh',
        '-c',
        'echo replaced; sleep 1000',
      ).status,
    ).toBe(0)
    await up.until(() => kubectl('logs', 'copy').stdout === 'replaced\n')
    expect(addressOf('pod', 'copy', '.metadata.labels')).toBe('')
    const node = kubectl(
      'debug',
      'node/node-2',
      '--image=busybox',
      '-i',
      '--',
      'sh',
      '-c',
      'hostname; ip -br address show; ls -d /host',
    )
    expect(node, node.stderr).toMatchObject({ status: 0 })
    expect(node.stdout).toMatch(/node-2\nlo +UNKNOWN[^\n]*\neth0 +UP +172\.18\.0\.3\/16[^]*\/host\n$/)
  }, 30_000)
})
