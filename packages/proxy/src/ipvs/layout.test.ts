// What each release changed in ipvs mode, line by line, for a few Services that show it: sets, iptables rules and virtual servers.

import { expect, test } from 'vitest'
import { sampleIpvs, sampleService, sampleSlice } from '../sample-objects.suite.ts'
import { printIpvs } from './compile.ts'

const here = { address: '10.244.0.5', node: 'node-1' }
const there = { address: '10.244.1.6', node: 'node-2' }
const balancer = (name: string, n: number, spec: Partial<Parameters<typeof sampleService>[1]>) =>
  sampleService(
    name,
    { type: 'LoadBalancer', clusterIP: `10.96.0.8${n}`, ports: [{ port: 80, nodePort: 30_080 + n }], ...spec },
    { status: { loadBalancer: { ingress: [{ ip: `192.0.2.${n}` }] } } },
  )
const services = [
  balancer('web', 1, { loadBalancerSourceRanges: ['203.0.113.0/25'], externalIPs: ['172.18.0.2'] }),
  balancer('far', 2, {
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Local',
    healthCheckNodePort: 32_082,
    externalIPs: ['198.51.100.7'],
    ports: [{ port: 9, protocol: 'SCTP', nodePort: 30_082 }],
  }),
]
const slices = [
  sampleSlice('web-1', 'web', [{ port: 8080 }], [here, there]),
  sampleSlice('far-1', 'far', [{ port: 9, protocol: 'SCTP' }], [there]),
]

function linesOf(minor: number): readonly string[] {
  const flags = { clusterCidr: '10.244.0.0/16', kubernetesVersion: `v1.${minor}.0` }
  let table = ''
  return printIpvs(sampleIpvs(services, slices, { scheduler: 'mh' }, flags))
    .split('\n')
    .flatMap((line) => {
      if (/^[*#]/.test(line)) table = line.startsWith('*') ? `${line.slice(1)}: ` : ''
      return /^(create|add|-A|-a) /.test(line) ? [table + line.replace(/ (family|range) .*/, '')] : []
    })
}

function changesOf(minor: number): string {
  const [before, after] = [linesOf(minor - 1), linesOf(minor)]
  // A set of lines does not tell that two changed places.
  const moved = before.length === after.length && before.every((line) => after.includes(line)) ? after : []
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
    ...moved.filter((line, i) => line !== before[i]).map((line) => `~ ${line}`),
  ].join('\n')
}

test('what 1.16 wrote', () => {
  expect(linesOf(16).join('\n')).toMatchInlineSnapshot(`
    "create KUBE-LOOP-BACK hash:ip,port,ip
    add KUBE-LOOP-BACK 10.244.0.5,tcp:8080,10.244.0.5
    create KUBE-CLUSTER-IP hash:ip,port
    add KUBE-CLUSTER-IP 10.96.0.81,tcp:80
    add KUBE-CLUSTER-IP 10.96.0.82,sctp:9
    create KUBE-EXTERNAL-IP hash:ip,port
    add KUBE-EXTERNAL-IP 172.18.0.2,tcp:80
    add KUBE-EXTERNAL-IP 198.51.100.7,sctp:9
    create KUBE-LOAD-BALANCER hash:ip,port
    add KUBE-LOAD-BALANCER 192.0.2.1,tcp:80
    add KUBE-LOAD-BALANCER 192.0.2.2,sctp:9
    create KUBE-LOAD-BALANCER-LOCAL hash:ip,port
    add KUBE-LOAD-BALANCER-LOCAL 192.0.2.2,sctp:9
    create KUBE-LOAD-BALANCER-FW hash:ip,port
    add KUBE-LOAD-BALANCER-FW 192.0.2.1,tcp:80
    create KUBE-LOAD-BALANCER-SOURCE-IP hash:ip,port,ip
    create KUBE-LOAD-BALANCER-SOURCE-CIDR hash:ip,port,net
    add KUBE-LOAD-BALANCER-SOURCE-CIDR 192.0.2.1,tcp:80,203.0.113.0/25
    create KUBE-NODE-PORT-TCP bitmap:port
    add KUBE-NODE-PORT-TCP 30081
    create KUBE-NODE-PORT-LOCAL-TCP bitmap:port
    create KUBE-NODE-PORT-UDP bitmap:port
    create KUBE-NODE-PORT-LOCAL-UDP bitmap:port
    create KUBE-NODE-PORT-SCTP-HASH hash:ip,port
    add KUBE-NODE-PORT-SCTP-HASH 127.0.0.1,sctp:30082
    add KUBE-NODE-PORT-SCTP-HASH 172.18.0.2,sctp:30082
    create KUBE-NODE-PORT-LOCAL-SCTP-HASH hash:ip,port
    add KUBE-NODE-PORT-LOCAL-SCTP-HASH 127.0.0.1,sctp:30082
    add KUBE-NODE-PORT-LOCAL-SCTP-HASH 172.18.0.2,sctp:30082
    filter: -A INPUT -j KUBE-FIREWALL
    filter: -A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
    filter: -A OUTPUT -j KUBE-FIREWALL
    filter: -A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP
    filter: -A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
    filter: -A KUBE-FORWARD -s 10.244.0.0/16 -m comment --comment "kubernetes forwarding conntrack pod source rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    filter: -A KUBE-FORWARD -d 10.244.0.0/16 -m comment --comment "kubernetes forwarding conntrack pod destination rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    nat: -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    nat: -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    nat: -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
    nat: -A KUBE-FIREWALL -m comment --comment "Kubernetes service load balancer ip + port + source cidr for packet filter purpose" -m set --match-set KUBE-LOAD-BALANCER-SOURCE-CIDR dst,dst,src -j RETURN
    nat: -A KUBE-FIREWALL -j KUBE-MARK-DROP
    nat: -A KUBE-LOAD-BALANCER -m comment --comment "Kubernetes service load balancer ip + port for load balancer with sourceRange" -m set --match-set KUBE-LOAD-BALANCER-FW dst,dst -j KUBE-FIREWALL
    nat: -A KUBE-LOAD-BALANCER -m comment --comment "Kubernetes service load balancer ip + port with externalTrafficPolicy=local" -m set --match-set KUBE-LOAD-BALANCER-LOCAL dst,dst -j RETURN
    nat: -A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ
    nat: -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
    nat: -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
    nat: -A KUBE-NODE-PORT -p tcp -m comment --comment "Kubernetes nodeport TCP port for masquerade purpose" -m set --match-set KUBE-NODE-PORT-TCP dst -j KUBE-MARK-MASQ
    nat: -A KUBE-NODE-PORT -p sctp -m comment --comment "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'" -m set --match-set KUBE-NODE-PORT-SCTP-HASH dst,dst -j KUBE-MARK-MASQ
    nat: -A KUBE-NODE-PORT -p sctp -m comment --comment "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'" -m set --match-set KUBE-NODE-PORT-LOCAL-SCTP-HASH dst,dst -j RETURN
    nat: -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully
    nat: -A KUBE-POSTROUTING -m comment --comment "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose" -m set --match-set KUBE-LOOP-BACK dst,dst,src -j MASQUERADE
    nat: -A KUBE-SERVICES -m comment --comment "Kubernetes service lb portal" -m set --match-set KUBE-LOAD-BALANCER dst,dst -j KUBE-LOAD-BALANCER
    nat: -A KUBE-SERVICES ! -s 10.244.0.0/16 -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ
    nat: -A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" -m set --match-set KUBE-EXTERNAL-IP dst,dst -j KUBE-MARK-MASQ
    nat: -A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" -m set --match-set KUBE-EXTERNAL-IP dst,dst -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT
    nat: -A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" -m set --match-set KUBE-EXTERNAL-IP dst,dst -m addrtype --dst-type LOCAL -j ACCEPT
    nat: -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT
    nat: -A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
    nat: -A KUBE-SERVICES -m set --match-set KUBE-LOAD-BALANCER dst,dst -j ACCEPT
    -A -t 10.96.0.81:80 -s mh
    -a -t 10.96.0.81:80 -r 10.244.0.5:8080 -m -w 1
    -a -t 10.96.0.81:80 -r 10.244.1.6:8080 -m -w 1
    -A -t 127.0.0.1:30081 -s mh
    -a -t 127.0.0.1:30081 -r 10.244.0.5:8080 -m -w 1
    -a -t 127.0.0.1:30081 -r 10.244.1.6:8080 -m -w 1
    -A -t 172.18.0.2:80 -s mh
    -a -t 172.18.0.2:80 -r 10.244.0.5:8080 -m -w 1
    -a -t 172.18.0.2:80 -r 10.244.1.6:8080 -m -w 1
    -A -t 172.18.0.2:30081 -s mh
    -a -t 172.18.0.2:30081 -r 10.244.0.5:8080 -m -w 1
    -a -t 172.18.0.2:30081 -r 10.244.1.6:8080 -m -w 1
    -A -t 192.0.2.1:80 -s mh
    -a -t 192.0.2.1:80 -r 10.244.0.5:8080 -m -w 1
    -a -t 192.0.2.1:80 -r 10.244.1.6:8080 -m -w 1
    -A --sctp-service 10.96.0.82:9 -s mh
    -a --sctp-service 10.96.0.82:9 -r 10.244.1.6:9 -m -w 1
    -A --sctp-service 127.0.0.1:30082 -s mh
    -A --sctp-service 172.18.0.2:30082 -s mh
    -A --sctp-service 192.0.2.2:9 -s mh
    -A --sctp-service 198.51.100.7:9 -s mh
    -a --sctp-service 198.51.100.7:9 -r 10.244.1.6:9 -m -w 1"
  `)
})

test('what each release since changed', () => {
  expect(Array.from({ length: 20 }, (_, i) => `1.${i + 17}\n${changesOf(i + 17)}`).join('\n')).toMatchInlineSnapshot(`
    "1.17

    1.18
    - filter: -A KUBE-FORWARD -s 10.244.0.0/16 -m comment --comment "kubernetes forwarding conntrack pod source rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    - filter: -A KUBE-FORWARD -d 10.244.0.0/16 -m comment --comment "kubernetes forwarding conntrack pod destination rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    + create KUBE-EXTERNAL-IP-LOCAL hash:ip,port
    + filter: -A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack pod source rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    + filter: -A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack pod destination rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    1.19
    - add KUBE-EXTERNAL-IP 198.51.100.7,sctp:9
    - nat: -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully
    - -a --sctp-service 198.51.100.7:9 -r 10.244.1.6:9 -m -w 1
    + add KUBE-EXTERNAL-IP-LOCAL 198.51.100.7,sctp:9
    + filter: -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
    + nat: -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
    + nat: -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
    + nat: -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
    + nat: -A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port with externalTrafficPolicy=local" -m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT
    + nat: -A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port with externalTrafficPolicy=local" -m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -m addrtype --dst-type LOCAL -j ACCEPT
    1.20

    1.21
    + create KUBE-HEALTH-CHECK-NODE-PORT bitmap:port
    + add KUBE-HEALTH-CHECK-NODE-PORT 32082
    + filter: -A INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT
    + filter: -A KUBE-NODE-PORT -m comment --comment "Kubernetes health check node port" -m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j ACCEPT
    1.22
    - -a --sctp-service 10.96.0.82:9 -r 10.244.1.6:9 -m -w 1
    1.23
    - add KUBE-NODE-PORT-SCTP-HASH 127.0.0.1,sctp:30082
    - add KUBE-NODE-PORT-LOCAL-SCTP-HASH 127.0.0.1,sctp:30082
    - filter: -A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack pod source rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    - filter: -A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack pod destination rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    - -A -t 127.0.0.1:30081 -s mh
    - -a -t 127.0.0.1:30081 -r 10.244.0.5:8080 -m -w 1
    - -a -t 127.0.0.1:30081 -r 10.244.1.6:8080 -m -w 1
    - -A --sctp-service 127.0.0.1:30082 -s mh
    + filter: -A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    1.24
    + -a --sctp-service 10.96.0.82:9 -r 10.244.1.6:9 -m -w 1
    + -a --sctp-service 172.18.0.2:30082 -r 10.244.1.6:9 -m -w 1
    + -a --sctp-service 192.0.2.2:9 -r 10.244.1.6:9 -m -w 1
    + -a --sctp-service 198.51.100.7:9 -r 10.244.1.6:9 -m -w 1
    1.25
    - nat: -A KUBE-FIREWALL -m comment --comment "Kubernetes service load balancer ip + port + source cidr for packet filter purpose" -m set --match-set KUBE-LOAD-BALANCER-SOURCE-CIDR dst,dst,src -j RETURN
    - nat: -A KUBE-FIREWALL -j KUBE-MARK-DROP
    - nat: -A KUBE-LOAD-BALANCER -m comment --comment "Kubernetes service load balancer ip + port for load balancer with sourceRange" -m set --match-set KUBE-LOAD-BALANCER-FW dst,dst -j KUBE-FIREWALL
    + filter: -A INPUT -m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL
    + filter: -A FORWARD -m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL
    + filter: -A KUBE-PROXY-FIREWALL -m comment --comment "Kubernetes service load balancer ip + port for load balancer with sourceRange" -m set --match-set KUBE-LOAD-BALANCER-FW dst,dst -j KUBE-SOURCE-RANGES-FIREWALL
    + filter: -A KUBE-SOURCE-RANGES-FIREWALL -m comment --comment "Kubernetes service load balancer ip + port + source cidr for packet filter purpose" -m set --match-set KUBE-LOAD-BALANCER-SOURCE-CIDR dst,dst,src -j RETURN
    + filter: -A KUBE-SOURCE-RANGES-FIREWALL -j DROP
    1.26
    + create KUBE-IPVS-IPS hash:ip
    + add KUBE-IPVS-IPS 10.96.0.81
    + add KUBE-IPVS-IPS 10.96.0.82
    + add KUBE-IPVS-IPS 172.18.0.2
    + add KUBE-IPVS-IPS 192.0.2.1
    + add KUBE-IPVS-IPS 192.0.2.2
    + add KUBE-IPVS-IPS 198.51.100.7
    + filter: -A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER
    + filter: -A KUBE-IPVS-FILTER -m set --match-set KUBE-LOAD-BALANCER dst,dst -j RETURN
    + filter: -A KUBE-IPVS-FILTER -m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN
    + filter: -A KUBE-IPVS-FILTER -m set --match-set KUBE-EXTERNAL-IP dst,dst -j RETURN
    + filter: -A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT --reject-with icmp-port-unreachable
    + nat: -A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN
    1.27
    - filter: -A INPUT -j KUBE-FIREWALL
    - filter: -A OUTPUT -j KUBE-FIREWALL
    - filter: -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
    - filter: -A KUBE-FIREWALL -m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark 0x8000/0x8000 -j DROP
    - nat: -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
    - -A -t 10.96.0.81:80 -s mh
    - -A -t 172.18.0.2:80 -s mh
    - -A -t 172.18.0.2:30081 -s mh
    - -A -t 192.0.2.1:80 -s mh
    - -A --sctp-service 10.96.0.82:9 -s mh
    - -A --sctp-service 172.18.0.2:30082 -s mh
    - -A --sctp-service 192.0.2.2:9 -s mh
    - -A --sctp-service 198.51.100.7:9 -s mh
    + -A -t 10.96.0.81:80 -s mh -b mh-port
    + -A -t 172.18.0.2:80 -s mh -b mh-port
    + -A -t 172.18.0.2:30081 -s mh -b mh-port
    + -A -t 192.0.2.1:80 -s mh -b mh-port
    + -A --sctp-service 10.96.0.82:9 -s mh -b mh-port
    + -A --sctp-service 172.18.0.2:30082 -s mh -b mh-port
    + -A --sctp-service 192.0.2.2:9 -s mh -b mh-port
    + -A --sctp-service 198.51.100.7:9 -s mh -b mh-port
    1.28
    - add KUBE-IPVS-IPS 172.18.0.2
    + filter: -A KUBE-IPVS-FILTER -m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst -j RETURN
    1.29
    + filter: -A OUTPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-OUT-FILTER
    + filter: -A KUBE-IPVS-OUT-FILTER -s 192.0.2.1/32 -m ipvs --vproto 6 --vaddr 192.0.2.1 --vport 80 -j DROP
    1.30
    + filter: -A KUBE-IPVS-FILTER -m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -j RETURN
    1.31

    1.32

    1.33

    1.34

    1.35

    1.36
    "
  `)
})

test('the names of a text’s chains are those its rules jump to', () => {
  for (let minor = 16; minor <= 36; minor++) {
    const flags = { clusterCidr: '10.244.0.0/16', kubernetesVersion: `v1.${minor}.0` }
    const text = printIpvs(sampleIpvs(services, slices, { scheduler: 'rr' }, flags))
    for (const part of text.split(/^(?=\*)/m).slice(1)) {
      const chains = new Set([...part.matchAll(/^:(\S+)/gm)].map(([, name]) => name))
      const targets = [...part.matchAll(/ -j (KUBE-\S+)/g)].map(([, name]) => name)
      expect(targets.filter((name) => !chains.has(name))).toEqual([])
    }
  }
})
