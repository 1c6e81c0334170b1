// How long Linux remembers a connection, by protocol and state: the kernel's defaults, with kube-proxy's two TCP settings
// (--conntrack-tcp-timeout-established 24h, --conntrack-tcp-timeout-close-wait 1h).
// Source: net/netfilter/nf_conntrack_proto_{tcp,udp,icmp}.c; kubernetes KubeProxyConntrackConfiguration defaults.

import { SECOND, type Microseconds } from '@podwire/engine'
import type { TcpState } from './connection.ts'

export const TCP_TIMEOUTS: Readonly<Record<TcpState, Microseconds>> = {
  NONE: 120 * SECOND,
  SYN_SENT: 120 * SECOND,
  SYN_RECV: 60 * SECOND,
  ESTABLISHED: 86_400 * SECOND,
  FIN_WAIT: 120 * SECOND,
  CLOSE_WAIT: 3_600 * SECOND,
  LAST_ACK: 30 * SECOND,
  TIME_WAIT: 120 * SECOND,
  CLOSE: 10 * SECOND,
}

const UDP_US = 30 * SECOND
const UDP_STREAM_US = 120 * SECOND
const ICMP_US = 30 * SECOND

/** @param stream UDP: answered, and traffic still flows two seconds after the first packet */
export function statelessTimeout(protocol: 'udp' | 'icmp', stream: boolean): Microseconds {
  if (protocol === 'icmp') return ICMP_US
  return stream ? UDP_STREAM_US : UDP_US
}
