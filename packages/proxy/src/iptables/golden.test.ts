// Whole iptables-save texts for small clusters: what a reader of this package should expect to see, and a guard on every blank.

import { expect, test } from 'vitest'
import { sampleService, sampleSlice, sampleTables } from '../sample-objects.suite.ts'
import { iptablesList } from './list.ts'
import { iptablesSave } from './print.ts'

const web = sampleService('web', {
  type: 'NodePort',
  clusterIP: '10.96.0.80',
  ports: [{ port: 80, nodePort: 30123 }],
  sessionAffinity: 'ClientIP',
})
const webSlice = sampleSlice('web-1', 'web', [{ port: 8080 }], [{ address: '10.244.0.5' }, { address: '10.244.1.6' }])
const idle = sampleService('idle', { clusterIP: '10.96.0.81', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] })

const FIXED_FILTER = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-PROXY-CANARY - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
:KUBE-SERVICES - [0:0]
-A INPUT -j KUBE-FIREWALL
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A OUTPUT -j KUBE-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-SERVICES -d 10.96.0.81/32 -p udp -m comment --comment "default/idle:dns has no endpoints" -m udp --dport 53 -j REJECT --reject-with icmp-port-unreachable
COMMIT
`

test('iptables-save of two services', () => {
  const text = iptablesSave(sampleTables([web, idle], [webSlice]))
  expect(text).toContain(FIXED_FILTER)
  expect(text.slice(0, text.indexOf('*filter'))).toBe(
    '*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n' +
      ':POSTROUTING ACCEPT [0:0]\n:KUBE-PROXY-CANARY - [0:0]\nCOMMIT\n',
  )
  expect(text.slice(text.indexOf('*nat'))).toMatchInlineSnapshot(`
    "*nat
    :PREROUTING ACCEPT [0:0]
    :INPUT ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    :KUBE-EXT-LOLE4ISW44XBNF3G - [0:0]
    :KUBE-MARK-MASQ - [0:0]
    :KUBE-NODEPORTS - [0:0]
    :KUBE-POSTROUTING - [0:0]
    :KUBE-PROXY-CANARY - [0:0]
    :KUBE-SEP-5ORQWIE3QG6L2KWO - [0:0]
    :KUBE-SEP-XIQG3E4ATGAKTZVT - [0:0]
    :KUBE-SERVICES - [0:0]
    :KUBE-SVC-LOLE4ISW44XBNF3G - [0:0]
    -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
    -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
    -A KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "masquerade traffic for default/web external destinations" -j KUBE-MARK-MASQ
    -A KUBE-EXT-LOLE4ISW44XBNF3G -j KUBE-SVC-LOLE4ISW44XBNF3G
    -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
    -A KUBE-NODEPORTS -p tcp -m comment --comment "default/web" -m tcp --dport 30123 -j KUBE-EXT-LOLE4ISW44XBNF3G
    -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
    -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
    -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
    -A KUBE-SEP-5ORQWIE3QG6L2KWO -s 10.244.0.5/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
    -A KUBE-SEP-5ORQWIE3QG6L2KWO -p tcp -m comment --comment "default/web" -m recent --set --name KUBE-SEP-5ORQWIE3QG6L2KWO --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.244.0.5:8080
    -A KUBE-SEP-XIQG3E4ATGAKTZVT -s 10.244.1.6/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
    -A KUBE-SEP-XIQG3E4ATGAKTZVT -p tcp -m comment --comment "default/web" -m recent --set --name KUBE-SEP-XIQG3E4ATGAKTZVT --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.244.1.6:8080
    -A KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G
    -A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
    -A KUBE-SVC-LOLE4ISW44XBNF3G ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
    -A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.0.5:8080" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-5ORQWIE3QG6L2KWO --mask 255.255.255.255 --rsource -j KUBE-SEP-5ORQWIE3QG6L2KWO
    -A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.1.6:8080" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-XIQG3E4ATGAKTZVT --mask 255.255.255.255 --rsource -j KUBE-SEP-XIQG3E4ATGAKTZVT
    -A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.0.5:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-5ORQWIE3QG6L2KWO
    -A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.1.6:8080" -j KUBE-SEP-XIQG3E4ATGAKTZVT
    COMMIT
    "
  `)
})

test('iptables -t filter -L -n', () => {
  expect(iptablesList(sampleTables([idle], []), 'filter')).toMatchInlineSnapshot(`
    "Chain INPUT (policy ACCEPT)
    target     prot opt source               destination         
    KUBE-FIREWALL  0    --  0.0.0.0/0            0.0.0.0/0           
    KUBE-PROXY-FIREWALL  0    --  0.0.0.0/0            0.0.0.0/0            ctstate NEW /* kubernetes load balancer firewall */
    KUBE-NODEPORTS  0    --  0.0.0.0/0            0.0.0.0/0            /* kubernetes health check service ports */
    KUBE-EXTERNAL-SERVICES  0    --  0.0.0.0/0            0.0.0.0/0            ctstate NEW /* kubernetes externally-visible service portals */

    Chain FORWARD (policy ACCEPT)
    target     prot opt source               destination         
    KUBE-PROXY-FIREWALL  0    --  0.0.0.0/0            0.0.0.0/0            ctstate NEW /* kubernetes load balancer firewall */
    KUBE-FORWARD  0    --  0.0.0.0/0            0.0.0.0/0            /* kubernetes forwarding rules */
    KUBE-SERVICES  0    --  0.0.0.0/0            0.0.0.0/0            ctstate NEW /* kubernetes service portals */
    KUBE-EXTERNAL-SERVICES  0    --  0.0.0.0/0            0.0.0.0/0            ctstate NEW /* kubernetes externally-visible service portals */

    Chain OUTPUT (policy ACCEPT)
    target     prot opt source               destination         
    KUBE-FIREWALL  0    --  0.0.0.0/0            0.0.0.0/0           
    KUBE-PROXY-FIREWALL  0    --  0.0.0.0/0            0.0.0.0/0            ctstate NEW /* kubernetes load balancer firewall */
    KUBE-SERVICES  0    --  0.0.0.0/0            0.0.0.0/0            ctstate NEW /* kubernetes service portals */

    Chain KUBE-EXTERNAL-SERVICES (2 references)
    target     prot opt source               destination         

    Chain KUBE-FIREWALL (2 references)
    target     prot opt source               destination         
    DROP       0    -- !127.0.0.0/8          127.0.0.0/8          /* block incoming localnet connections */ ! ctstate RELATED,ESTABLISHED,DNAT

    Chain KUBE-FORWARD (1 references)
    target     prot opt source               destination         
    DROP       0    --  0.0.0.0/0            0.0.0.0/0            ctstate INVALID
    ACCEPT     0    --  0.0.0.0/0            0.0.0.0/0            /* kubernetes forwarding rules */ mark match 0x4000/0x4000
    ACCEPT     0    --  0.0.0.0/0            0.0.0.0/0            /* kubernetes forwarding conntrack rule */ ctstate RELATED,ESTABLISHED

    Chain KUBE-NODEPORTS (1 references)
    target     prot opt source               destination         

    Chain KUBE-PROXY-CANARY (0 references)
    target     prot opt source               destination         

    Chain KUBE-PROXY-FIREWALL (3 references)
    target     prot opt source               destination         

    Chain KUBE-SERVICES (2 references)
    target     prot opt source               destination         
    REJECT     17   --  0.0.0.0/0            10.96.0.81           /* default/idle:dns has no endpoints */ udp dpt:53 reject-with icmp-port-unreachable
    "
  `)
})

test('for a family the node has no address of, its address is loopback to source ranges', () => {
  const service = sampleService(
    'web',
    {
      type: 'LoadBalancer',
      clusterIP: 'fd00:96::80',
      clusterIPs: ['fd00:96::80'],
      ports: [{ port: 80 }],
      loadBalancerSourceRanges: ['::/1'],
    },
    { status: { loadBalancer: { ingress: [{ ip: 'fd00:77::1' }] } } },
  )
  const slice = { ...sampleSlice('web-1', 'web', [{ port: 8080 }], [{ address: 'fd00:244::5' }]), addressType: 'IPv6' }
  const text = iptablesSave(sampleTables([service], [slice], { ipFamilies: ['ipv6'], nfacct: false }, 'ipv6'))
  expect(text.split('\n').filter((line) => line.startsWith('-A KUBE-FW-'))).toEqual([
    '-A KUBE-FW-LOLE4ISW44XBNF3G -s ::/1 -m comment --comment "default/web loadbalancer IP" -j KUBE-EXT-LOLE4ISW44XBNF3G',
    '-A KUBE-FW-LOLE4ISW44XBNF3G -s fd00:77::1/128 -m comment --comment "default/web loadbalancer IP" -j KUBE-EXT-LOLE4ISW44XBNF3G',
    '-A KUBE-FW-LOLE4ISW44XBNF3G -m comment --comment "other traffic to default/web will be dropped by KUBE-PROXY-FIREWALL"',
  ])
})
