// The seam between the fabric and what a host's kernel does to packets: netfilter's five hooks, called in Linux's order. The
// fabric routes and delivers, a data plane decides; `NodeDataPlane` of @podwire/proxy is one. It rewrites addresses in the
// packet itself (NAT, and its undoing for replies, from its own conntrack) and answers with a closed verdict.

import type { Connection, Direction, NodeStack, Packet, Trace, Verdict } from '@podwire/proxy'

/** What one host does to packets. Each hook is called once a packet, with the packet's devices set. */
export interface PacketHooks {
  prerouting(packet: Packet, trace?: Trace): Verdict
  input(packet: Packet, trace?: Trace): Verdict
  forward(packet: Packet, trace?: Trace): Verdict
  output(packet: Packet, trace?: Trace): Verdict
  postrouting(packet: Packet, trace?: Trace): Verdict
  /** Later segment of a known connection: true when it still passes with the same translation. `control`: TCP_* bits, or an SCTP chunk's type. */
  passKnown(connection: Connection, direction: Direction, control: number, bytes?: number): boolean
  /** A segment that passKnown refused is answered with a reset. */
  resets?(connection: Connection): boolean
}

/** Makes the data plane of one host; `stack` answers what rules ask about the host's addresses. */
export type HooksFactory = (stack: NodeStack) => PacketHooks

const ACCEPT: Verdict = { kind: 'accept' }
const accept = (): Verdict => ACCEPT

/** A host without rules: everything passes unchanged, nothing is tracked. */
export const PASS_THROUGH: PacketHooks = {
  prerouting: accept,
  input: accept,
  forward: accept,
  output: accept,
  postrouting: accept,
  passKnown: () => true,
}
