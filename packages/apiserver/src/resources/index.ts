// Served resources. resource.ts says what the server knows of a kind, one file a kind in core/, pods/, apps/, networking/,
// discovery/, coordination/ and events/; registry.ts lists them, served-types.ts names them for clients.

export * from './resource-type.ts'
export * from './resource.ts'
export * from './served-types.ts'
export { createRegistry, type Registry } from './registry.ts'
export { type CloneableIpAllocator, createIpAllocator } from './core/ip-allocator.ts'
export { type CloneablePortAllocator, createPortAllocator } from './core/port-allocator.ts'
export { isScalable, type Scalable, scaleOf, validateScale, withScale } from './autoscaling/scale.ts'
export { sameValue } from './compare.ts'
export { humanDuration } from './tables/human-duration.ts'
