// Kubernetes types as they are on the wire, without the V1 prefix and readonly throughout. `generated/` is written by
// scripts/generate.mjs; kube-object.ts holds what every stored object promises.

export * from './kube-object.ts'
export * from './condition.ts'
export * from './object-key.ts'
export type * from './generated/index.ts'
