// How long packets take, one way, microseconds. Constants keep runs alike; what varies (congestion, loss) is a fault someone
// injects. The numbers are what `ping` shows between containers of one machine (about 0.05 ms) and machines of one rack (0.4 ms).

export interface LatencyModel {
  /** Between a pod and its node, through the veth pair and the bridge. */
  readonly podVethUs: number
  /** Between two hosts of the node network. */
  readonly wireUs: number
  /** Within one network namespace. */
  readonly loopbackUs: number
}

export const DEFAULT_LATENCY: LatencyModel = { podVethUs: 20, wireUs: 150, loopbackUs: 15 }

/** Linux gives up asking for a neighbour's MAC address after three tries, a second apart (mcast_solicit, retrans_time_ms). */
export const ARP_FAILURE_US = 3_060_000

/** Linux' SYN retries (tcp_syn_retries 6): 1 + 2 + 4 + … + 64 s. */
export const SYN_TIMEOUT_US = 127_000_000
