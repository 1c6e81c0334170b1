// ipvsadm and ipset as text, out and in again, and ipvsadm's commands on the tables of a node.

import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { sampleIpvs, sampleService, sampleSlice } from '../sample-objects.suite.ts'
import { printIpvs } from './compile.ts'
import { ipsetSave, parseIpsetSave, savedSet } from './ipset-text.ts'
import { Ipvsadm } from './ipvsadm.ts'
import { IpvsState } from './ipvs-state.ts'
import { ipvsadmSave, parseIpvsadm, parseIpvsadmSave } from './rule-text.ts'

const SERVICES = [
  sampleService('web', {
    type: 'NodePort',
    clusterIP: '10.96.0.80',
    sessionAffinity: 'ClientIP',
    ports: [{ port: 80, nodePort: 30_080 }],
  }),
  sampleService('dns', { clusterIP: '10.96.0.10', ports: [{ port: 53, protocol: 'UDP' }] }),
  sampleService('empty', { clusterIP: '10.96.0.9', ports: [{ port: 80 }] }),
]
const SLICES = [
  sampleSlice('web-1', 'web', [{ port: 8080 }], [{ address: '10.244.0.5', node: 'node-1' }, { address: '10.244.1.5' }]),
  sampleSlice('dns-1', 'dns', [{ port: 53, protocol: 'UDP' }], [{ address: '10.244.1.7' }]),
]

const SAVED = `-A -t 10.96.0.9:80 -s rr
-A -t 10.96.0.80:80 -s rr -p 10800
-a -t 10.96.0.80:80 -r 10.244.0.5:8080 -m -w 1
-a -t 10.96.0.80:80 -r 10.244.1.5:8080 -m -w 1
-A -t 172.18.0.2:30080 -s rr -p 10800
-a -t 172.18.0.2:30080 -r 10.244.0.5:8080 -m -w 1
-a -t 172.18.0.2:30080 -r 10.244.1.5:8080 -m -w 1
-A -u 10.96.0.10:53 -s rr
-a -u 10.96.0.10:53 -r 10.244.1.7:53 -m -w 1
`

/** ipvsadm on a node whose kube-proxy wants SERVICES and went over its rules at `syncedUs`. */
function node(): { readonly run: (line: string, stdin?: string) => string; at: number; syncedUs: number } {
  const state = new IpvsState()
  const world = { at: 20 * SECOND, syncedUs: 10 * SECOND, run: (_line: string, _stdin = '') => '' }
  const process = { lastSyncUs: () => world.syncedUs, startedUs: () => 0 }
  const ipvs = sampleIpvs(SERVICES, SLICES, { scheduler: 'rr', process })
  world.run = (line, stdin = '') => {
    const { stdout, stderr, exitCode } = new Ipvsadm([ipvs], state, world.at).run(line.split(' '), stdin)
    return exitCode === 0 ? stdout : `${exitCode}: ${stderr}`
  }
  return world
}

test('what is saved is what is restored', () => {
  const { run } = node()
  expect(run('-Sn')).toBe(SAVED)
  expect(ipvsadmSave(parseIpvsadmSave(SAVED))).toBe(SAVED)
  const mh = '-A -t [fd00::1]:80 -s mh -b mh-port\n-a -t [fd00::1]:80 -r [fd00::5]:8080 -m -w 0\n'
  expect(ipvsadmSave(parseIpvsadmSave(mh))).toBe(mh)
  expect(() => parseIpvsadmSave('-A -t 10.0.0.1:80\n-a -t 10.0.0.2:80 -r 10.0.0.3:80 -m')).toThrow('line 2')
})

test('sets are saved as ipset restores them', () => {
  const sets = sampleIpvs(SERVICES, SLICES, { scheduler: 'rr' }).sets().map(savedSet)
  const text = ipsetSave(sets)
  expect(ipsetSave(parseIpsetSave(text))).toBe(text)
  expect(text).toContain('add KUBE-LOOP-BACK 10.244.0.5,tcp:8080,10.244.0.5\n')
  expect(text).toContain('create KUBE-NODE-PORT-TCP bitmap:port range 0-65535\nadd KUBE-NODE-PORT-TCP 30080\n')
  expect(text).toContain('add KUBE-CLUSTER-IP 10.96.0.10,udp:53\n')
  expect(() => parseIpsetSave('add X 1\n')).toThrow('The set with the given name does not exist')
})

test('rules without a cluster: sets, iptables rules and virtual servers', () => {
  const text = printIpvs(sampleIpvs(SERVICES, SLICES, { scheduler: 'sh' }))
  expect(text.match(/^# .*/gm)).toEqual(['# ipset save', '# iptables-save', '# ipvsadm -S -n'])
  expect(text).toContain('-A -t 172.18.0.2:30080 -s sh -p 10800\n')
})

test('no rule asks for a set that is empty; SCTP node ports are entries at the addresses that serve them', () => {
  const balanced = (spec: Partial<Parameters<typeof sampleService>[1]>) =>
    sampleService(
      'lb',
      { clusterIP: '10.96.0.81', ports: [{ port: 9, protocol: 'SCTP', nodePort: 30_009 }], ...spec },
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
    )
  const text = (spec: Partial<Parameters<typeof sampleService>[1]>, nodePortAddresses: readonly string[] = []) =>
    printIpvs(sampleIpvs([balanced(spec)], [], { scheduler: 'rr' }, { nodePortAddresses }))
  const guarded = text({ loadBalancerSourceRanges: ['203.0.113.0/24'] })
  expect(guarded).toMatch(/-A KUBE-PROXY-FIREWALL .*KUBE-LOAD-BALANCER-FW dst,dst -j KUBE-SOURCE-RANGES-FIREWALL/)
  // The node is in no range: it may not reach the load balancer by way of itself.
  expect(guarded).toContain('-A KUBE-IPVS-OUT-FILTER -s 192.0.2.1/32')
  expect(text({})).not.toMatch(/-A KUBE-(PROXY-FIREWALL|IPVS-OUT-FILTER)/)
  expect(text({}).match(/^add KUBE-NODE-PORT-SCTP.*/gm)).toEqual(['add KUBE-NODE-PORT-SCTP-HASH 172.18.0.2,sctp:30009'])
  expect(text({}, ['10.0.0.0/8'])).not.toMatch(/^(add|-A).*KUBE-NODE-PORT-SCTP/m)
})

test('lists', () => {
  const { run } = node()
  expect(run('-Ln')).toBe(`IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.96.0.9:80 rr
TCP  10.96.0.80:80 rr persistent 10800
  -> 10.244.0.5:8080              Masq    1      0          0         
  -> 10.244.1.5:8080              Masq    1      0          0         
TCP  172.18.0.2:30080 rr persistent 10800
  -> 10.244.0.5:8080              Masq    1      0          0         
  -> 10.244.1.5:8080              Masq    1      0          0         
UDP  10.96.0.10:53 rr
  -> 10.244.1.7:53                Masq    1      0          0         
`)
  expect(run('-L -n -u 10.96.0.10:53 --stats')).toBe(
    `Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
UDP  10.96.0.10:53                       0        0        0        0        0
  -> 10.244.1.7:53                       0        0        0        0        0
`,
  )
  expect(run('-Ln -t 10.96.0.1:1')).toBe('255: No such service\n')
  expect(run('-L --timeout')).toBe('Timeout (tcp tcpfin udp): 900 120 300\n')
  expect(run('-Lnc')).toBe(
    'IPVS connection entries\npro expire state       source             virtual            destination\n',
  )
})

test('a deleted virtual server, a weight and one more server: until the next sync', () => {
  const world = node()
  const { run } = world
  expect(run('-D -t 10.96.0.80:80')).toBe('')
  expect(run('-D -t 10.96.0.80:80')).toBe('255: No such service\n')
  expect(run('-a -u 10.96.0.10:53 -r 10.244.9.9:53 -m -w 3')).toBe('')
  expect(run('-a -u 10.96.0.10:53 -r 10.244.9.9:53 -m')).toBe('255: Destination already exists\n')
  expect(run('-A -t 192.0.2.1:80 -s wlc')).toBe('')
  expect(run('-A -t 192.0.2.1:80 -s wlc')).toBe('255: Service already exists\n')
  expect(run('-E -t 10.96.0.9:80 -s mh -b mh-port')).toBe('')
  const changed = run('-Sn')
  expect(changed).not.toContain('10.96.0.80')
  expect(changed).toContain('-a -u 10.96.0.10:53 -r 10.244.9.9:53 -m -w 3\n')
  expect(changed).toContain('-A -t 192.0.2.1:80 -s wlc\n')
  expect(changed).toContain('-A -t 10.96.0.9:80 -s mh -b mh-port\n')
  world.at = world.syncedUs = 40 * SECOND
  expect(run('-Sn')).toBe(SAVED)
})

test('cleared and restored from what was saved', () => {
  const { run } = node()
  run('-C')
  expect(run('-Sn')).toBe('')
  expect(run('-R', SAVED)).toBe('')
  expect(run('-Sn')).toBe(SAVED)
})

test.each([
  { line: '-A', problem: "You need to supply the 'service-address' option for the 'add-service' command" },
  { line: '-A -t 10.0.0.1:80 -D', problem: 'multiple commands specified' },
  { line: '-A -t 10.0.0.1', problem: 'Zero port specified for non-persistent service' },
  { line: '-A -t nowhere:80', problem: 'illegal virtual server address/port specified' },
  { line: '-A -t 10.0.0.1:80 -s lblc', problem: 'scheduler lblc is not simulated' },
  { line: '-A -f 1', problem: '-f is not simulated' },
  { line: '-a -t 10.0.0.1:80 -r 10.0.0.2:80', problem: 'forwarding without -m is not simulated' },
  { line: '-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 70000', problem: 'illegal weight specified' },
  { line: '--set 1 2', problem: '--set option requires 3 timeout values' },
  { line: '-Q', problem: '-Q: unknown option' },
])('ipvsadm $line: $problem', ({ line, problem }) => {
  expect(parseIpvsadm(line.split(' '))).toEqual({ problem: expect.stringContaining(problem) as string })
})
