// How long Linux remembers a connection, by protocol and state: the kernel's defaults, with kube-proxy's two TCP settings
// (--conntrack-tcp-timeout-established 24h, --conntrack-tcp-timeout-close-wait 1h).
// Source: net/netfilter/nf_conntrack_proto_{tcp,udp,icmp}.c; kubernetes KubeProxyConntrackConfiguration defaults.

import { SECOND, type Microseconds } from '@podwire/engine'
import type { TcpState } from './connection.ts'

/** Asked for every segment: states are compared, where a table would be searched for their names. */
export function tcpTimeout(state: TcpState): Microseconds {
  switch (state) {
    case 'ESTABLISHED':
      return 86_400 * SECOND
    case 'CLOSE_WAIT':
      return 3_600 * SECOND
    case 'NONE':
    case 'SYN_SENT':
    case 'FIN_WAIT':
    case 'TIME_WAIT':
      return 120 * SECOND
    case 'SYN_RECV':
      return 60 * SECOND
    case 'LAST_ACK':
      return 30 * SECOND
    case 'CLOSE':
      return 10 * SECOND
  }
}

const UDP_US = 30 * SECOND
const UDP_STREAM_US = 120 * SECOND
const ICMP_US = 30 * SECOND

/** @param stream UDP: answered, and traffic still flows two seconds after the first packet */
export function statelessTimeout(protocol: 'udp' | 'icmp', stream: boolean): Microseconds {
  if (protocol === 'icmp') return ICMP_US
  return stream ? UDP_STREAM_US : UDP_US
}
