// MetalLB: `controller` gives Services addresses of its pools, `speaker` (one a node) announces them, in layer 2 by answering ARP
// or over BGP. Pure parts: configuration and its two readers, allocator, converge, announcement, election.

export { startMetalLbController, type MetalLbControllerOptions } from './controller.ts'
export { Memberlist } from './memberlist.ts'
export type { SpeakerNetwork } from './node-network.ts'
export { releaseOf, type MetalLbRelease } from './release.ts'
export { startSpeaker, type Speaker, type SpeakerOptions } from './speaker.ts'
