// `podwire rules` as a command: what it prints where, its exit status, and its help.

import { afterEach, expect, test, vi } from 'vitest'
import { runCli } from './main.ts'

const CLUSTER = 'examples/rules/cluster.yaml'

afterEach(() => {
  vi.restoreAllMocks()
})

/** One command line, run in this process. */
async function podwire(...args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text)
      return true
    })
  }
  return { status: await runCli(args), ...written }
}

const rules = (...more: readonly string[]) => podwire('rules', '-f', CLUSTER, '--node', 'node-1', ...more)

test.each<{ mode: string; flags: readonly string[]; has: readonly string[] }>([
  {
    mode: 'iptables',
    flags: [],
    has: ['*mangle', '*filter', '*nat', '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP'],
  },
  {
    mode: 'iptables',
    flags: ['--nfacct'],
    has: ['--nfacct-name  ct_state_invalid_dropped_pkts', '--nfacct-name  localhost_nps_accepted_pkts'],
  },
  { mode: 'iptables', flags: ['--iptables-masquerade-bit=15'], has: ['--set-xmark 0x8000/0x8000'] },
  { mode: 'iptables', flags: ['--detect-local-mode=NodeCIDR'], has: ['! -s 10.244.0.0/24 -d 10.96.0.80/32'] },
  {
    mode: 'iptables',
    flags: ['--detect-local-mode', 'BridgeInterface', '--pod-bridge-interface', 'cni0'],
    has: ['-d 10.96.0.80/32 ! -i cni0'],
  },
  { mode: 'iptables', flags: ['--masquerade-all'], has: ['-A KUBE-SVC-XRY76EGRC3BSCIIJ -d 10.96.0.80/32'] },
  {
    mode: 'userspace',
    flags: ['--proxy-port-range=40000-40010'],
    has: ['-A KUBE-PORTALS-HOST -d 10.96.0.80/32', ':400'],
  },
  { mode: 'nftables', flags: [], has: ['table ip kube-proxy {', 'elements = { 172.18.0.2 }', 'goto external-'] },
  {
    mode: 'nftables',
    flags: ['--nodeport-addresses=0.0.0.0/0'],
    has: ['fib daddr type local ip daddr != 127.0.0.0/8'],
  },
  {
    mode: 'ipvs',
    flags: ['--ipvs-scheduler=wlc'],
    has: ['# ipset save\ncreate KUBE-', '# ipvsadm -S -n\n', '10.96.0.80:80 -s wlc'],
  },
])('--mode $mode $flags', async ({ mode, flags, has }) => {
  const { status, stdout, stderr } = await rules('--mode', mode, ...flags)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  for (const part of has) expect(stdout).toContain(part)
})

test('a configuration file in place of flags', async () => {
  const config = ['--config', 'examples/rules/kube-proxy.yaml']
  const { status, stdout } = await rules(...config)
  expect(status).toBe(0)
  expect(stdout).toContain('ip daddr @cluster-ips ip saddr != 10.244.0.0/16')
  expect((await rules(...config, '--mode', 'iptables')).stdout).toContain('! -s 10.244.0.0/16 -d 10.96.0.80/32')
  const { stderr } = await rules(...config, '--cluster-cidr', '10.0.0.0/8')
  expect(stderr).toContain('there are --config and a flag for clusterCidr')
})

test('switches take what Go takes', async () => {
  const off = await rules('--iptables-localhost-nodeports=false', '--conntrack-tcp-be-liberal=1')
  expect(off.stdout).not.toContain('INVALID')
  expect(off.stdout).not.toContain('block incoming localnet connections')
  expect((await rules('--masquerade-all=maybe')).stderr).toContain('It is true or false.')
})

test('a change, state by state', async () => {
  const { stdout } = await rules('--then', 'examples/rules/no-node-port.yaml', '--mode', 'nftables')
  expect(stdout).toMatch(/\tchain external-\S+-demo\/web\/tcp\/http \{\n\t\}\n/)
})

test.each([
  { args: [], says: "required option '-f, --filename <path>' not specified" },
  { args: ['-f', CLUSTER], says: 'Give --node NAME.' },
  { args: ['-f', CLUSTER, '--node', 'x'], says: 'there is no Node x among the objects' },
  { args: ['-f', 'nowhere.yaml', '--node', 'x'], says: 'there is no file or folder nowhere.yaml' },
  { args: ['-f', CLUSTER, '--node', 'node-1', '--cleanup'], says: "unknown option '--cleanup'" },
  { args: ['-f', CLUSTER, '--node', 'node-1', '--mode', 'kernelspace'], says: 'Allowed choices are iptables' },
  {
    args: ['-f', CLUSTER, '--node', 'node-1', '--mode', 'nftables', '--kubernetes-version', '1.28'],
    says: 'kube-proxy of Kubernetes 1.28 has no nftables mode. It came with 1.29.',
  },
  {
    args: ['-f', CLUSTER, '--node', 'node-1', '--mode', 'ipvs', '--proxy-mode', 'nftables'],
    says: 'say different things',
  },
  {
    args: ['-f', CLUSTER, '--node', 'node-1', '--cluster-cidr', 'pods'],
    says: 'clusterCidr has "pods", which is no range',
  },
  {
    args: ['-f', CLUSTER, '--node', 'node-1', '--cluster-cidr', '10.244.0.0/16,10.245.0.0/16'],
    says: 'two ranges of one family. Give one, or one of each family.',
  },
  {
    args: ['-f', CLUSTER, '--node', 'node-1', '--ipvs-exclude-cidrs', 'x'],
    says: 'ipvsExcludeCidrs has "x", which is no',
  },
  { args: ['-f', CLUSTER, '--node', 'node-1', '--ipvs-tcp-timeout', '5'], says: 'It is a duration, like 90s' },
  { args: ['-f', CLUSTER, '--node', 'node-1', '--ipvs-strict-arp=x'], says: 'It is true or false.' },
  {
    args: ['-f', CLUSTER, '--node', 'node-1', '--detect-local-mode', 'BridgeInterface'],
    says: 'needs podBridgeInterface',
  },
])('refused: $says', async ({ args, says }) => {
  const { status, stdout, stderr } = await podwire('rules', ...args)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain(says)
})

// `kube-proxy --help`, v1.36, without what has to do with the process itself: client, logging, clean-up.
const KUBE_PROXY_FLAGS =
  `bind-address bind-address-hard-fail cluster-cidr config-sync-period conntrack-max-per-core conntrack-min
conntrack-tcp-be-liberal conntrack-tcp-timeout-close-wait conntrack-tcp-timeout-established conntrack-udp-timeout
conntrack-udp-timeout-stream detect-local-mode healthz-bind-address hostname-override iptables-localhost-nodeports
iptables-masquerade-bit iptables-min-sync-period iptables-sync-period ipvs-exclude-cidrs ipvs-min-sync-period ipvs-scheduler
ipvs-strict-arp ipvs-sync-period ipvs-tcp-timeout ipvs-tcpfin-timeout ipvs-udp-timeout masquerade-all metrics-bind-address
nodeport-addresses oom-score-adj pod-bridge-interface pod-interface-name-prefix profiling proxy-mode`.split(/\s+/)

test('the help has every option', async () => {
  const { status, stdout } = await podwire('rules', '--help')
  expect(status).toBe(0)
  const own = ['filename', 'then', 'node', 'mode', 'family', 'nfacct', 'service-cluster-ip-range', 'kubernetes-version']
  expect([...own, ...KUBE_PROXY_FLAGS].filter((flag) => !stdout.includes(`--${flag}`))).toEqual([])
})
