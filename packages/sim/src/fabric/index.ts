// The simulated network: hosts, pods, routes, packet walks and sockets. Start with fabric.ts (layout), then walk.ts (a packet's
// way) and tcp-connect.ts (a connection). Programs see network.ts only; what a node does to packets is behind hooks.ts.

export { createFabric, Fabric, type FabricOptions, type NodeOptions } from './fabric.ts'

export type { Flow, FlowOutcome, FlowStep, FlowTuple } from './flow.ts'
export { carryOn } from './carry-on.ts'
export { type HooksFactory, type PacketHooks } from './hooks.ts'
export type { NetworkInterface } from './host.ts'
export { type LatencyModel } from './latency.ts'
export {
  type ConnectingSctpSocket,
  type ConnectingSocket,
  type ConnectOptions,
  type Listener,
  type NetworkNamespace,
  type NetworkScope,
  type SctpSocket,
  type SocketAddress,
  type SocketErrorCode,
  type TcpSocket,
  type UdpSocket,
  type WireFrame,
} from './network.ts'
export { formatRoute, type Route } from './routing-table.ts'
