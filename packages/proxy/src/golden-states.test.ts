// What each golden state adds to the rules of an empty cluster, in both text modes.

import { describe, expect, test } from 'vitest'
import { GOLDEN_STATES, type GoldenState } from './golden-states.suite.ts'
import { RulesRun } from './kube-proxy/rules-run.ts'
import { sampleNode } from './sample-objects.suite.ts'

function textOf({ services, slices, options }: GoldenState, proxyMode: 'iptables' | 'nftables'): string {
  const flags = { clusterCidr: '10.244.0.0/16', nfacct: false, ...options, proxyMode }
  const run = new RulesRun({ node: sampleNode(1), options: flags })
  run.sync({ services, slices })
  return run.text('ipv4')
}

/** Lines an empty cluster does not have; blanks at their ends taken off. */
function added(state: GoldenState, mode: 'iptables' | 'nftables'): string {
  const empty = textOf({ ...state, services: [], slices: [] }, mode)
  const known = new Set(empty.split('\n'))
  const lines = textOf(state, mode)
    .split('\n')
    .filter((line) => !known.has(line) && !line.startsWith(':'))
  return lines.map((line) => line.trim().replace(/^-A /, '')).join('\n')
}

describe('iptables', () => {
  test('source ranges, the node in one of them', () => {
    expect(added(GOLDEN_STATES['source ranges, the node in one of them'], 'iptables')).toMatchInlineSnapshot(`
      "KUBE-PROXY-FIREWALL -d 192.0.2.1/32 -p tcp -m comment --comment "default/web traffic not accepted by KUBE-FW-LOLE4ISW44XBNF3G" -m tcp --dport 80 -j DROP
      KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "masquerade traffic for default/web external destinations" -j KUBE-MARK-MASQ
      KUBE-EXT-LOLE4ISW44XBNF3G -j KUBE-SVC-LOLE4ISW44XBNF3G
      KUBE-FW-LOLE4ISW44XBNF3G -s 203.0.113.0/25 -m comment --comment "default/web loadbalancer IP" -j KUBE-EXT-LOLE4ISW44XBNF3G
      KUBE-FW-LOLE4ISW44XBNF3G -s 172.18.0.0/16 -m comment --comment "default/web loadbalancer IP" -j KUBE-EXT-LOLE4ISW44XBNF3G
      KUBE-FW-LOLE4ISW44XBNF3G -s 192.0.2.1/32 -m comment --comment "default/web loadbalancer IP" -j KUBE-EXT-LOLE4ISW44XBNF3G
      KUBE-FW-LOLE4ISW44XBNF3G -m comment --comment "other traffic to default/web will be dropped by KUBE-PROXY-FIREWALL"
      KUBE-NODEPORTS -p tcp -m comment --comment "default/web" -m tcp --dport 30080 -j KUBE-EXT-LOLE4ISW44XBNF3G
      KUBE-SEP-5ORQWIE3QG6L2KWO -s 10.244.0.5/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
      KUBE-SEP-5ORQWIE3QG6L2KWO -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.0.5:8080
      KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G
      KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "default/web loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-LOLE4ISW44XBNF3G
      KUBE-SVC-LOLE4ISW44XBNF3G ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
      KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.0.5:8080" -j KUBE-SEP-5ORQWIE3QG6L2KWO"
    `)
  })

  test('source ranges without endpoints', () => {
    expect(added(GOLDEN_STATES['source ranges without endpoints'], 'iptables')).toMatchInlineSnapshot(`
      "KUBE-EXTERNAL-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "default/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
      KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j REJECT --reject-with icmp-port-unreachable
      KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable"
    `)
  })

  test('external policy Local, endpoints elsewhere', () => {
    expect(added(GOLDEN_STATES['external policy Local, endpoints elsewhere'], 'iptables')).toMatchInlineSnapshot(`
      "KUBE-EXTERNAL-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "default/web has no local endpoints" -m tcp --dport 80 -j DROP
      KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP
      KUBE-NODEPORTS -p tcp -m comment --comment "default/web health check node port" -m tcp --dport 32080 -j ACCEPT
      KUBE-EXT-LOLE4ISW44XBNF3G -s 10.244.0.0/16 -m comment --comment "pod traffic for default/web external destinations" -j KUBE-SVC-LOLE4ISW44XBNF3G
      KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "masquerade LOCAL traffic for default/web external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ
      KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "route LOCAL traffic for default/web external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-LOLE4ISW44XBNF3G
      KUBE-NODEPORTS -p tcp -m comment --comment "default/web" -m tcp --dport 30080 -j KUBE-EXT-LOLE4ISW44XBNF3G
      KUBE-SEP-XIQG3E4ATGAKTZVT -s 10.244.1.6/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
      KUBE-SEP-XIQG3E4ATGAKTZVT -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.6:8080
      KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G
      KUBE-SERVICES -d 192.0.2.1/32 -p tcp -m comment --comment "default/web loadbalancer IP" -m tcp --dport 80 -j KUBE-EXT-LOLE4ISW44XBNF3G
      KUBE-SVC-LOLE4ISW44XBNF3G ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
      KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.1.6:8080" -j KUBE-SEP-XIQG3E4ATGAKTZVT"
    `)
  })

  test('internal policy Local', () => {
    expect(added(GOLDEN_STATES['internal policy Local'], 'iptables')).toMatchInlineSnapshot(`
      "KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "masquerade traffic for default/web external destinations" -j KUBE-MARK-MASQ
      KUBE-EXT-LOLE4ISW44XBNF3G -j KUBE-SVC-LOLE4ISW44XBNF3G
      KUBE-SEP-5ORQWIE3QG6L2KWO -s 10.244.0.5/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
      KUBE-SEP-5ORQWIE3QG6L2KWO -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.0.5:8080
      KUBE-SEP-XIQG3E4ATGAKTZVT -s 10.244.1.6/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
      KUBE-SEP-XIQG3E4ATGAKTZVT -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.1.6:8080
      KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVL-LOLE4ISW44XBNF3G
      KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web external IP" -m tcp --dport 80 -j KUBE-EXT-LOLE4ISW44XBNF3G
      KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.0.5:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-5ORQWIE3QG6L2KWO
      KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.1.6:8080" -j KUBE-SEP-XIQG3E4ATGAKTZVT
      KUBE-SVL-LOLE4ISW44XBNF3G ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
      KUBE-SVL-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.0.5:8080" -j KUBE-SEP-5ORQWIE3QG6L2KWO"
    `)
  })

  test('only draining endpoints', () => {
    expect(added(GOLDEN_STATES['only draining endpoints'], 'iptables')).toMatchInlineSnapshot(`
      "KUBE-SEP-5ORQWIE3QG6L2KWO -s 10.244.0.5/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
      KUBE-SEP-5ORQWIE3QG6L2KWO -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.0.5:8080
      KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G
      KUBE-SVC-LOLE4ISW44XBNF3G ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
      KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.0.5:8080" -j KUBE-SEP-5ORQWIE3QG6L2KWO"
    `)
  })

  test('affinity, and three protocols on one port', () => {
    expect(added(GOLDEN_STATES['affinity, and three protocols on one port'], 'iptables')).toMatchInlineSnapshot(`
      "KUBE-SEP-DKP45OMW3ZLBIJLL -s 10.244.0.5/32 -m comment --comment "default/web:u" -j KUBE-MARK-MASQ
      KUBE-SEP-DKP45OMW3ZLBIJLL -p udp -m comment --comment "default/web:u" -m recent --set --name KUBE-SEP-DKP45OMW3ZLBIJLL --mask 255.255.255.255 --rsource -m udp -j DNAT --to-destination 10.244.0.5:53
      KUBE-SEP-O6T5QCMG5FJDCHHC -s 10.244.0.5/32 -m comment --comment "default/web:s" -j KUBE-MARK-MASQ
      KUBE-SEP-O6T5QCMG5FJDCHHC -p sctp -m comment --comment "default/web:s" -m recent --set --name KUBE-SEP-O6T5QCMG5FJDCHHC --mask 255.255.255.255 --rsource -m sctp -j DNAT --to-destination 10.244.0.5:53
      KUBE-SEP-WBT6HZPNL6AMQ6WP -s 10.244.0.5/32 -m comment --comment "default/web:t" -j KUBE-MARK-MASQ
      KUBE-SEP-WBT6HZPNL6AMQ6WP -p tcp -m comment --comment "default/web:t" -m recent --set --name KUBE-SEP-WBT6HZPNL6AMQ6WP --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 10.244.0.5:53
      KUBE-SERVICES -d 10.96.0.80/32 -p sctp -m comment --comment "default/web:s cluster IP" -m sctp --dport 53 -j KUBE-SVC-ZZC4X33TOMIG5HXD
      KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web:t cluster IP" -m tcp --dport 53 -j KUBE-SVC-BUFWEUT7I6HQ2XBP
      KUBE-SERVICES -d 10.96.0.80/32 -p udp -m comment --comment "default/web:u cluster IP" -m udp --dport 53 -j KUBE-SVC-WCHKQJZD7ZL65LIQ
      KUBE-SVC-BUFWEUT7I6HQ2XBP ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p tcp -m comment --comment "default/web:t cluster IP" -m tcp --dport 53 -j KUBE-MARK-MASQ
      KUBE-SVC-BUFWEUT7I6HQ2XBP -m comment --comment "default/web:t -> 10.244.0.5:53" -m recent --rcheck --seconds 5400 --reap --name KUBE-SEP-WBT6HZPNL6AMQ6WP --mask 255.255.255.255 --rsource -j KUBE-SEP-WBT6HZPNL6AMQ6WP
      KUBE-SVC-BUFWEUT7I6HQ2XBP -m comment --comment "default/web:t -> 10.244.0.5:53" -j KUBE-SEP-WBT6HZPNL6AMQ6WP
      KUBE-SVC-WCHKQJZD7ZL65LIQ ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p udp -m comment --comment "default/web:u cluster IP" -m udp --dport 53 -j KUBE-MARK-MASQ
      KUBE-SVC-WCHKQJZD7ZL65LIQ -m comment --comment "default/web:u -> 10.244.0.5:53" -m recent --rcheck --seconds 5400 --reap --name KUBE-SEP-DKP45OMW3ZLBIJLL --mask 255.255.255.255 --rsource -j KUBE-SEP-DKP45OMW3ZLBIJLL
      KUBE-SVC-WCHKQJZD7ZL65LIQ -m comment --comment "default/web:u -> 10.244.0.5:53" -j KUBE-SEP-DKP45OMW3ZLBIJLL
      KUBE-SVC-ZZC4X33TOMIG5HXD ! -s 10.244.0.0/16 -d 10.96.0.80/32 -p sctp -m comment --comment "default/web:s cluster IP" -m sctp --dport 53 -j KUBE-MARK-MASQ
      KUBE-SVC-ZZC4X33TOMIG5HXD -m comment --comment "default/web:s -> 10.244.0.5:53" -m recent --rcheck --seconds 5400 --reap --name KUBE-SEP-O6T5QCMG5FJDCHHC --mask 255.255.255.255 --rsource -j KUBE-SEP-O6T5QCMG5FJDCHHC
      KUBE-SVC-ZZC4X33TOMIG5HXD -m comment --comment "default/web:s -> 10.244.0.5:53" -j KUBE-SEP-O6T5QCMG5FJDCHHC"
    `)
  })

  test('zone hints on an interface detector', () => {
    expect(added(GOLDEN_STATES['zone hints on an interface detector'], 'iptables')).toMatchInlineSnapshot(`
      "KUBE-SEP-5ORQWIE3QG6L2KWO -s 10.244.0.5/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ
      KUBE-SEP-5ORQWIE3QG6L2KWO -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 10.244.0.5:8080
      KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G
      KUBE-SVC-LOLE4ISW44XBNF3G -d 10.96.0.80/32 ! -i veth+ -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
      KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 10.244.0.5:8080" -j KUBE-SEP-5ORQWIE3QG6L2KWO"
    `)
  })
})

describe('nftables', () => {
  test('source ranges, the node in one of them', () => {
    expect(added(GOLDEN_STATES['source ranges, the node in one of them'], 'nftables')).toMatchInlineSnapshot(`
      "elements = { 10.244.0.5 . 10.244.0.5 . tcp . 8080 }
      elements = { 10.96.0.80 }
      elements = { 192.0.2.1 . tcp . 80 : goto firewall-PFISGYVC-default/web/tcp/ }
      elements = { 10.96.0.80 . tcp . 80 : goto service-PFISGYVC-default/web/tcp/,
      192.0.2.1 . tcp . 80 : goto external-PFISGYVC-default/web/tcp/ }
      elements = { tcp . 30080 : goto external-PFISGYVC-default/web/tcp/ }
      chain service-PFISGYVC-default/web/tcp/ {
      meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : 10.244.0.5 . 8080 }
      chain external-PFISGYVC-default/web/tcp/ {
      meta mark set meta mark | 0x00004000 comment "masquerade"
      goto service-PFISGYVC-default/web/tcp/
      chain firewall-PFISGYVC-default/web/tcp/ {
      ip saddr != { 172.18.0.0/16, 192.0.2.1, 203.0.113.0/25 } drop"
    `)
  })

  test('source ranges without endpoints', () => {
    expect(added(GOLDEN_STATES['source ranges without endpoints'], 'nftables')).toMatchInlineSnapshot(`
      "elements = { 10.96.0.80 }
      elements = { 10.96.0.80 . tcp . 80 comment "default/web" : goto reject-chain,
      192.0.2.1 . tcp . 80 comment "default/web" : goto reject-chain }
      elements = { tcp . 30080 comment "default/web" : goto reject-chain }
      elements = { 192.0.2.1 . tcp . 80 : goto firewall-PFISGYVC-default/web/tcp/ }
      chain firewall-PFISGYVC-default/web/tcp/ {
      ip saddr != 203.0.113.0/25 drop"
    `)
  })

  test('external policy Local, endpoints elsewhere', () => {
    expect(added(GOLDEN_STATES['external policy Local, endpoints elsewhere'], 'nftables')).toMatchInlineSnapshot(`
      "elements = { 10.96.0.80 }
      elements = { 192.0.2.1 . tcp . 80 comment "default/web" : drop }
      elements = { tcp . 30080 comment "default/web" : drop }
      elements = { 10.96.0.80 . tcp . 80 : goto service-PFISGYVC-default/web/tcp/,
      192.0.2.1 . tcp . 80 : goto external-PFISGYVC-default/web/tcp/ }
      elements = { tcp . 30080 : goto external-PFISGYVC-default/web/tcp/ }
      chain service-PFISGYVC-default/web/tcp/ {
      meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : 10.244.1.6 . 8080 }
      chain external-PFISGYVC-default/web/tcp/ {
      ip saddr 10.244.0.0/16 goto service-PFISGYVC-default/web/tcp/ comment "short-circuit pod traffic"
      fib saddr type local meta mark set meta mark | 0x00004000 comment "masquerade local traffic"
      fib saddr type local goto service-PFISGYVC-default/web/tcp/ comment "short-circuit local traffic""
    `)
  })

  test('internal policy Local', () => {
    expect(added(GOLDEN_STATES['internal policy Local'], 'nftables')).toMatchInlineSnapshot(`
      "elements = { 10.244.0.5 . 10.244.0.5 . tcp . 8080 }
      elements = { 10.96.0.80 }
      elements = { 10.96.0.80 . tcp . 80 : goto local-PFISGYVC-default/web/tcp/,
      198.51.100.7 . tcp . 80 : goto external-PFISGYVC-default/web/tcp/ }
      chain service-PFISGYVC-default/web/tcp/ {
      meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.0.5 . 8080, 1 : 10.244.1.6 . 8080 }
      chain local-PFISGYVC-default/web/tcp/ {
      meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : 10.244.0.5 . 8080 }
      chain external-PFISGYVC-default/web/tcp/ {
      meta mark set meta mark | 0x00004000 comment "masquerade"
      goto service-PFISGYVC-default/web/tcp/"
    `)
  })

  test('only draining endpoints', () => {
    expect(added(GOLDEN_STATES['only draining endpoints'], 'nftables')).toMatchInlineSnapshot(`
      "elements = { 10.244.0.5 . 10.244.0.5 . tcp . 8080 }
      elements = { 10.96.0.80 }
      elements = { 10.96.0.80 . tcp . 80 : goto service-PFISGYVC-default/web/tcp/ }
      chain service-PFISGYVC-default/web/tcp/ {
      meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : 10.244.0.5 . 8080 }"
    `)
  })

  test('affinity, and three protocols on one port', () => {
    expect(added(GOLDEN_STATES['affinity, and three protocols on one port'], 'nftables')).toMatchInlineSnapshot(`
      "elements = { 10.244.0.5 . 10.244.0.5 . sctp . 53,
      10.244.0.5 . 10.244.0.5 . tcp . 53,
      10.244.0.5 . 10.244.0.5 . udp . 53 }
      elements = { 10.96.0.80 }
      elements = { 10.96.0.80 . sctp . 53 : goto service-MPNAVAEE-default/web/sctp/s,
      10.96.0.80 . tcp . 53 : goto service-56CT6KVF-default/web/tcp/t,
      10.96.0.80 . udp . 53 : goto service-TL63SZ4D-default/web/udp/u }
      set affinity-SKNQEWXT-default/web/sctp/s__10.244.0.5/53 {
      size 65535
      flags dynamic,timeout
      timeout 1h30m
      set affinity-WLOTRNXZ-default/web/tcp/t__10.244.0.5/53 {
      size 65535
      flags dynamic,timeout
      timeout 1h30m
      set affinity-L6WVWCOK-default/web/udp/u__10.244.0.5/53 {
      size 65535
      flags dynamic,timeout
      timeout 1h30m
      chain endpoint-SKNQEWXT-default/web/sctp/s__10.244.0.5/53 {
      update @affinity-SKNQEWXT-default/web/sctp/s__10.244.0.5/53 { ip saddr }
      meta l4proto sctp dnat to 10.244.0.5:53
      chain service-MPNAVAEE-default/web/sctp/s {
      ip saddr @affinity-SKNQEWXT-default/web/sctp/s__10.244.0.5/53 goto endpoint-SKNQEWXT-default/web/sctp/s__10.244.0.5/53
      numgen random mod 1 vmap { 0 : goto endpoint-SKNQEWXT-default/web/sctp/s__10.244.0.5/53 }
      chain endpoint-WLOTRNXZ-default/web/tcp/t__10.244.0.5/53 {
      update @affinity-WLOTRNXZ-default/web/tcp/t__10.244.0.5/53 { ip saddr }
      meta l4proto tcp dnat to 10.244.0.5:53
      chain service-56CT6KVF-default/web/tcp/t {
      ip saddr @affinity-WLOTRNXZ-default/web/tcp/t__10.244.0.5/53 goto endpoint-WLOTRNXZ-default/web/tcp/t__10.244.0.5/53
      numgen random mod 1 vmap { 0 : goto endpoint-WLOTRNXZ-default/web/tcp/t__10.244.0.5/53 }
      chain endpoint-L6WVWCOK-default/web/udp/u__10.244.0.5/53 {
      update @affinity-L6WVWCOK-default/web/udp/u__10.244.0.5/53 { ip saddr }
      meta l4proto udp dnat to 10.244.0.5:53
      chain service-TL63SZ4D-default/web/udp/u {
      ip saddr @affinity-L6WVWCOK-default/web/udp/u__10.244.0.5/53 goto endpoint-L6WVWCOK-default/web/udp/u__10.244.0.5/53
      numgen random mod 1 vmap { 0 : goto endpoint-L6WVWCOK-default/web/udp/u__10.244.0.5/53 }"
    `)
  })

  test('zone hints on an interface detector', () => {
    expect(added(GOLDEN_STATES['zone hints on an interface detector'], 'nftables')).toMatchInlineSnapshot(`
      "elements = { 10.244.0.5 . 10.244.0.5 . tcp . 8080 }
      elements = { 10.96.0.80 }
      elements = { 10.96.0.80 . tcp . 80 : goto service-PFISGYVC-default/web/tcp/ }
      chain service-PFISGYVC-default/web/tcp/ {
      meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : 10.244.0.5 . 8080 }"
    `)
  })
})
