// What each release changed in nftables mode, line by line, for a few Services that show it; and what the first release wrote.

import { expect, test } from 'vitest'
import { resolveOptions } from '../kube-proxy/options.ts'
import { sampleNftTable, sampleService, sampleSlice } from '../sample-objects.suite.ts'
import { nftListTable } from './print.ts'

const services = [
  sampleService(
    'web',
    {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.80',
      ports: [{ name: 'http', port: 80, nodePort: 30080 }],
      loadBalancerSourceRanges: ['203.0.113.0/25', '172.18.0.0/16', '198.51.100.9/32'],
    },
    { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
  ),
  sampleService('near', {
    type: 'NodePort',
    clusterIP: '10.96.0.81',
    ports: [{ port: 53, protocol: 'UDP', nodePort: 30081 }],
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Local',
    sessionAffinity: 'ClientIP',
  }),
  sampleService('none', { type: 'NodePort', clusterIP: '10.96.0.82', ports: [{ port: 80, nodePort: 30082 }] }),
]
const slices = [
  sampleSlice('web-1', 'web', [{ name: 'http', port: 8080 }], [{ address: '10.244.1.6', node: 'node-2' }]),
  sampleSlice('near-1', 'near', [{ port: 53, protocol: 'UDP' }], [{ address: '10.244.0.5', node: 'node-1' }]),
]

function textOf(minor: number, flags: Parameters<typeof sampleNftTable>[2] = {}): string {
  return nftListTable(sampleNftTable(services, slices, { kubernetesVersion: `v1.${minor}.0`, ...flags }))
}

/** Each line with the chain, set or map it stands in. */
function linesOf(text: string): readonly string[] {
  let block = ''
  return text.split('\n').flatMap((line) => {
    const head = /^\t(?:chain|set|map) (\S+)/.exec(line)?.[1]
    block = head ?? block
    return head === undefined && line.startsWith('\t\t') ? [`${block}: ${line.trim()}`] : []
  })
}

function changesOf(minor: number): string {
  const [before, after] = [linesOf(textOf(minor - 1)), linesOf(textOf(minor))]
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ].join('\n')
}

test('what 1.29 wrote', () => {
  expect(textOf(29)).toMatchInlineSnapshot(`
    "table ip kube-proxy {
    	comment "rules for kube-proxy"
    	map no-endpoint-services {
    		type ipv4_addr . inet_proto . inet_service : verdict
    		comment "vmap to drop or reject packets to services with no endpoints"
    		elements = { 10.96.0.82 . tcp . 80 comment "default/none" : goto reject-chain }
    	}

    	map no-endpoint-nodeports {
    		type inet_proto . inet_service : verdict
    		comment "vmap to drop or reject packets to service nodeports with no endpoints"
    		elements = { tcp . 30082 comment "default/none" : goto reject-chain }
    	}

    	set firewall {
    		type ipv4_addr . inet_proto . inet_service
    		comment "destinations that are subject to LoadBalancerSourceRanges"
    		elements = { 192.0.2.1 . tcp . 80 comment "default/web:http" }
    	}

    	set firewall-allow {
    		type ipv4_addr . inet_proto . inet_service . ipv4_addr
    		flags interval
    		comment "destinations+sources that are allowed by LoadBalancerSourceRanges"
    		elements = { 192.0.2.1 . tcp . 80 . 203.0.113.0/25 comment "default/web:http",
    			     192.0.2.1 . tcp . 80 . 172.18.0.0/16 comment "default/web:http",
    			     192.0.2.1 . tcp . 80 . 198.51.100.9 comment "default/web:http",
    			     192.0.2.1 . tcp . 80 . 192.0.2.1 }
    	}

    	map service-ips {
    		type ipv4_addr . inet_proto . inet_service : verdict
    		comment "ClusterIP, ExternalIP and LoadBalancer IP traffic"
    		elements = { 10.96.0.81 . udp . 53 : goto local-YAT4VVJ4-default/near/udp/,
    			     10.96.0.80 . tcp . 80 : goto service-SUSTUHLJ-default/web/tcp/http,
    			     192.0.2.1 . tcp . 80 : goto external-SUSTUHLJ-default/web/tcp/http }
    	}

    	map service-nodeports {
    		type inet_proto . inet_service : verdict
    		comment "NodePort traffic"
    		elements = { udp . 30081 : goto external-YAT4VVJ4-default/near/udp/,
    			     tcp . 30080 : goto external-SUSTUHLJ-default/web/tcp/http }
    	}

    	set affinity-LSJOYKEP-default/near/udp/__10.244.0.5/53 {
    		type ipv4_addr
    		size 65535
    		flags dynamic,timeout
    		timeout 3h
    	}

    	chain filter-input {
    		type filter hook input priority -101; policy accept;
    		ct state new jump endpoints-check
    		ct state new jump firewall-check
    	}

    	chain filter-forward {
    		type filter hook forward priority -101; policy accept;
    		ct state new jump endpoints-check
    		jump forward
    		ct state new jump firewall-check
    	}

    	chain filter-output {
    		type filter hook output priority -101; policy accept;
    		ct state new jump endpoints-check
    		ct state new jump firewall-check
    	}

    	chain nat-prerouting {
    		type nat hook prerouting priority dstnat; policy accept;
    		jump services
    	}

    	chain nat-output {
    		type nat hook output priority -100; policy accept;
    		jump services
    	}

    	chain nat-postrouting {
    		type nat hook postrouting priority srcnat; policy accept;
    		jump masquerading
    	}

    	chain endpoints-check {
    		ip daddr . meta l4proto . th dport vmap @no-endpoint-services
    		fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @no-endpoint-nodeports
    	}

    	chain forward {
    		ct state invalid drop
    	}

    	chain firewall-check {
    		ip daddr . meta l4proto . th dport @firewall jump firewall-allow-check
    	}

    	chain firewall-allow-check {
    		ip daddr . meta l4proto . th dport . ip saddr @firewall-allow return
    		drop
    	}

    	chain services {
    		ip daddr . meta l4proto . th dport vmap @service-ips
    		fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports
    	}

    	chain masquerading {
    		meta mark & 0x00004000 == 0x00000000 return
    		meta mark set meta mark ^ 0x00004000
    		masquerade fully-random
    	}

    	chain mark-for-masquerade {
    		meta mark set meta mark | 0x00004000
    	}

    	chain reject-chain {
    		comment "helper for @no-endpoint-services / @no-endpoint-nodeports"
    		reject
    	}

    	chain endpoint-LSJOYKEP-default/near/udp/__10.244.0.5/53 {
    		ip saddr 10.244.0.5 jump mark-for-masquerade
    		update @affinity-LSJOYKEP-default/near/udp/__10.244.0.5/53 { ip saddr }
    		meta l4proto udp dnat to 10.244.0.5:53
    	}

    	chain service-YAT4VVJ4-default/near/udp/ {
    		ip saddr @affinity-LSJOYKEP-default/near/udp/__10.244.0.5/53 goto endpoint-LSJOYKEP-default/near/udp/__10.244.0.5/53
    		numgen random mod 1 vmap { 0 : goto endpoint-LSJOYKEP-default/near/udp/__10.244.0.5/53 }
    	}

    	chain local-YAT4VVJ4-default/near/udp/ {
    		ip daddr 10.96.0.81 udp dport 53 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
    		ip saddr @affinity-LSJOYKEP-default/near/udp/__10.244.0.5/53 goto endpoint-LSJOYKEP-default/near/udp/__10.244.0.5/53
    		numgen random mod 1 vmap { 0 : goto endpoint-LSJOYKEP-default/near/udp/__10.244.0.5/53 }
    	}

    	chain external-YAT4VVJ4-default/near/udp/ {
    		ip saddr 10.244.0.0/16 goto service-YAT4VVJ4-default/near/udp/ comment "short-circuit pod traffic"
    		fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"
    		fib saddr type local goto service-YAT4VVJ4-default/near/udp/ comment "short-circuit local traffic"
    		goto local-YAT4VVJ4-default/near/udp/
    	}

    	chain endpoint-EKRJ2VCA-default/web/tcp/http__10.244.1.6/8080 {
    		ip saddr 10.244.1.6 jump mark-for-masquerade
    		meta l4proto tcp dnat to 10.244.1.6:8080
    	}

    	chain service-SUSTUHLJ-default/web/tcp/http {
    		ip daddr 10.96.0.80 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
    		numgen random mod 1 vmap { 0 : goto endpoint-EKRJ2VCA-default/web/tcp/http__10.244.1.6/8080 }
    	}

    	chain external-SUSTUHLJ-default/web/tcp/http {
    		jump mark-for-masquerade
    		goto service-SUSTUHLJ-default/web/tcp/http
    	}
    }
    "
  `)
})

test('what 1.30 changed', () => {
  expect(changesOf(30)).toMatchInlineSnapshot(`
    "- firewall: type ipv4_addr . inet_proto . inet_service
    - firewall: comment "destinations that are subject to LoadBalancerSourceRanges"
    - firewall: elements = { 192.0.2.1 . tcp . 80 comment "default/web:http" }
    - firewall-allow: type ipv4_addr . inet_proto . inet_service . ipv4_addr
    - firewall-allow: flags interval
    - firewall-allow: comment "destinations+sources that are allowed by LoadBalancerSourceRanges"
    - firewall-allow: elements = { 192.0.2.1 . tcp . 80 . 203.0.113.0/25 comment "default/web:http",
    - firewall-allow: 192.0.2.1 . tcp . 80 . 172.18.0.0/16 comment "default/web:http",
    - firewall-allow: 192.0.2.1 . tcp . 80 . 198.51.100.9 comment "default/web:http",
    - firewall-allow: 192.0.2.1 . tcp . 80 . 192.0.2.1 }
    - filter-input: type filter hook input priority -101; policy accept;
    - filter-input: ct state new jump endpoints-check
    - filter-input: ct state new jump firewall-check
    - filter-forward: type filter hook forward priority -101; policy accept;
    - filter-forward: ct state new jump endpoints-check
    - filter-forward: jump forward
    - filter-forward: ct state new jump firewall-check
    - filter-output: type filter hook output priority -101; policy accept;
    - filter-output: ct state new jump endpoints-check
    - endpoints-check: ip daddr . meta l4proto . th dport vmap @no-endpoint-services
    - endpoints-check: fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @no-endpoint-nodeports
    - forward: ct state invalid drop
    - firewall-check: ip daddr . meta l4proto . th dport @firewall jump firewall-allow-check
    - firewall-allow-check: ip daddr . meta l4proto . th dport . ip saddr @firewall-allow return
    - firewall-allow-check: drop
    - services: fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports
    + cluster-ips: type ipv4_addr
    + cluster-ips: comment "Active ClusterIPs"
    + cluster-ips: elements = { 10.96.0.80, 10.96.0.81,
    + cluster-ips: 10.96.0.82 }
    + nodeport-ips: type ipv4_addr
    + nodeport-ips: comment "IPs that accept NodePort traffic"
    + nodeport-ips: elements = { 172.18.0.2 }
    + firewall-ips: type ipv4_addr . inet_proto . inet_service : verdict
    + firewall-ips: comment "destinations that are subject to LoadBalancerSourceRanges"
    + firewall-ips: elements = { 192.0.2.1 . tcp . 80 comment "default/web:http" : goto firewall-SUSTUHLJ-default/web/tcp/http }
    + filter-prerouting: type filter hook prerouting priority dstnat - 10; policy accept;
    + filter-prerouting: ct state new jump firewall-check
    + filter-input: type filter hook input priority -110; policy accept;
    + filter-input: ct state new jump nodeport-endpoints-check
    + filter-input: ct state new jump service-endpoints-check
    + filter-forward: type filter hook forward priority -110; policy accept;
    + filter-forward: ct state new jump service-endpoints-check
    + filter-forward: ct state new jump cluster-ips-check
    + filter-output: type filter hook output priority -110; policy accept;
    + filter-output: ct state new jump service-endpoints-check
    + filter-output-post-dnat: type filter hook output priority -90; policy accept;
    + filter-output-post-dnat: ct state new jump cluster-ips-check
    + nodeport-endpoints-check: ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports
    + service-endpoints-check: ip daddr . meta l4proto . th dport vmap @no-endpoint-services
    + firewall-check: ip daddr . meta l4proto . th dport vmap @firewall-ips
    + services: ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
    + cluster-ips-check: ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"
    + cluster-ips-check: ip daddr 10.96.0.0/16 drop comment "Drop traffic to unallocated ClusterIPs"
    + firewall-SUSTUHLJ-default/web/tcp/http: ip saddr != { 172.18.0.0/16, 192.0.2.1, 198.51.100.9, 203.0.113.0/25 } drop"
  `)
})

test('what 1.32 changed', () => {
  expect(changesOf(32)).toMatchInlineSnapshot(`
    "- firewall-ips: elements = { 192.0.2.1 . tcp . 80 comment "default/web:http" : goto firewall-SUSTUHLJ-default/web/tcp/http }
    + firewall-ips: elements = { 192.0.2.1 . tcp . 80 : goto firewall-SUSTUHLJ-default/web/tcp/http }"
  `)
})

test('what 1.34 changed', () => {
  expect(changesOf(34)).toMatchInlineSnapshot(`
    "- filter-prerouting: type filter hook prerouting priority dstnat - 10; policy accept;
    - filter-prerouting: ct state new jump firewall-check
    - filter-input: type filter hook input priority -110; policy accept;
    - filter-forward: type filter hook forward priority -110; policy accept;
    - filter-output: type filter hook output priority -110; policy accept;
    - filter-output: ct state new jump firewall-check
    - filter-output-post-dnat: type filter hook output priority -90; policy accept;
    - filter-output-post-dnat: ct state new jump cluster-ips-check
    - local-YAT4VVJ4-default/near/udp/: ip daddr 10.96.0.81 udp dport 53 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
    - service-SUSTUHLJ-default/web/tcp/http: ip daddr 10.96.0.80 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
    + filter-prerouting-pre-dnat: type filter hook prerouting priority dstnat - 10; policy accept;
    + filter-prerouting-pre-dnat: ct state new jump firewall-check
    + filter-output-pre-dnat: type filter hook output priority -110; policy accept;
    + filter-output-pre-dnat: ct state new jump firewall-check
    + filter-input: type filter hook input priority filter; policy accept;
    + filter-forward: type filter hook forward priority filter; policy accept;
    + filter-output: type filter hook output priority filter; policy accept;
    + filter-output: ct state new jump cluster-ips-check
    + local-YAT4VVJ4-default/near/udp/: ip daddr 10.96.0.81 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
    + service-SUSTUHLJ-default/web/tcp/http: ip daddr 10.96.0.80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade"
  `)
})

test('what 1.36 changed', () => {
  expect(changesOf(36)).toMatchInlineSnapshot(`
    "- masquerading: meta mark & 0x00004000 == 0x00000000 return
    - masquerading: meta mark set meta mark ^ 0x00004000
    - masquerading: masquerade fully-random
    - mark-for-masquerade: meta mark set meta mark | 0x00004000
    - endpoint-LSJOYKEP-default/near/udp/__10.244.0.5/53: ip saddr 10.244.0.5 jump mark-for-masquerade
    - local-YAT4VVJ4-default/near/udp/: ip daddr 10.96.0.81 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
    - external-YAT4VVJ4-default/near/udp/: fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"
    - endpoint-EKRJ2VCA-default/web/tcp/http__10.244.1.6/8080: ip saddr 10.244.1.6 jump mark-for-masquerade
    - endpoint-EKRJ2VCA-default/web/tcp/http__10.244.1.6/8080: meta l4proto tcp dnat to 10.244.1.6:8080
    - service-SUSTUHLJ-default/web/tcp/http: ip daddr 10.96.0.80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
    - service-SUSTUHLJ-default/web/tcp/http: numgen random mod 1 vmap { 0 : goto endpoint-EKRJ2VCA-default/web/tcp/http__10.244.1.6/8080 }
    - external-SUSTUHLJ-default/web/tcp/http: jump mark-for-masquerade
    + hairpin-connections: type ipv4_addr . ipv4_addr . inet_proto . inet_service
    + hairpin-connections: comment "service hairpin connections"
    + hairpin-connections: elements = { 10.244.0.5 . 10.244.0.5 . udp . 53 }
    + services: ip daddr @cluster-ips ip saddr != 10.244.0.0/16 meta mark set meta mark | 0x00004000 comment "masquerade clusterIP traffic from outside cluster"
    + masquerading: meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random
    + masquerading: ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random
    + external-YAT4VVJ4-default/near/udp/: fib saddr type local meta mark set meta mark | 0x00004000 comment "masquerade local traffic"
    + service-SUSTUHLJ-default/web/tcp/http: meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : 10.244.1.6 . 8080 }
    + external-SUSTUHLJ-default/web/tcp/http: meta mark set meta mark | 0x00004000 comment "masquerade""
  `)
})

test('interfaces are asked for by number up to 1.33', () => {
  const flags = { detectLocalMode: 'BridgeInterface', podBridgeInterface: 'cni0' } as const
  const asked = (minor: number) => [...new Set(textOf(minor, flags).match(/iif(name)? (!= )?"cni0"/g))].sort()
  expect([asked(33), asked(34)]).toEqual([
    ['iif != "cni0"', 'iif "cni0"'],
    ['iifname != "cni0"', 'iifname "cni0"'],
  ])
})

test.each([31, 33, 35])('1.%i changed nothing of this', (minor) => {
  expect(changesOf(minor)).toBe('')
})

test.each([
  { minor: 29, options: {}, expected: 'ipv4 all, ipv6 all' },
  { minor: 30, options: {}, expected: 'ipv4 primary, ipv6 primary' },
  { minor: 30, options: { nodePortAddresses: ['172.18.0.0/16'] }, expected: 'ipv4 ranges, ipv6 primary' },
  { minor: 31, options: { nodePortAddresses: ['172.18.0.0/16'] }, expected: 'ipv4 ranges, ipv6 all' },
  { minor: 31, options: { nodePortAddresses: ['primary'] }, expected: 'ipv4 primary, ipv6 primary' },
])('where 1.$minor serves node ports with $options', ({ minor, options, expected }) => {
  const { families } = resolveOptions({
    proxyMode: 'nftables',
    ipFamilies: ['ipv4', 'ipv6'],
    kubernetesVersion: `v1.${minor}.0`,
    ...options,
  })
  expect([...families].map(([family, { nodePortAddresses }]) => `${family} ${nodePortAddresses.kind}`).join(', ')).toBe(
    expected,
  )
})

test.each([
  { options: { proxyMode: 'nftables', kubernetesVersion: 'v1.28.0' }, message: /1\.28 has no nftables mode/ },
  {
    options: {
      proxyMode: 'nftables',
      kubernetesVersion: 'v1.33.0',
      detectLocalMode: 'InterfaceNamePrefix',
      podInterfaceNamePrefix: 'veth',
    },
    message: /1\.33 cannot sync in nftables mode with detectLocalMode InterfaceNamePrefix/,
  },
  { options: { kubernetesVersion: 'v1.30.0', nodePortAddresses: ['primary'] }, message: /1\.30 knows no nodePortAddr/ },
] as const)('refused: $message', ({ options, message }) => {
  expect(() => resolveOptions(options)).toThrow(message)
})
