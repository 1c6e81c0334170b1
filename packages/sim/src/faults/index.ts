// Faults: what can be broken in a cluster, one a file. faults.ts is what tests call; fault.ts is what a fault is; fault-parts.ts says
// what they reach into. What real components do under a fault is not written here: it follows by itself.

export { type NamedFaultOptions, startNamedFault } from './named-fault.ts'
export { Faults, type ContainerFaultOptions, type DelayOptions, type NodeRef, type PartitionOptions } from './faults.ts'
export { faultEnded, type FaultEvent, faultStarted, type Fault, type FaultOptions } from './fault.ts'
export type { CrashOptions } from './container-crash.ts'
export type { PodRef } from './container-target.ts'
export type { Place, Places } from './place-set.ts'
