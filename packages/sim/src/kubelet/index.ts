// The kubelet: one per virtual node. kubelet.ts watches and delegates, pod-worker.ts is a pod's life, next-steps.ts decides,
// probes/ asks containers how they are, node-connection.ts serves exec, logs and port-forward.

export { createClusterView, type ClusterView } from './cluster-view.ts'
export { startKubelet, type Kubelet, type KubeletOptions } from './kubelet.ts'
export { createNodeConnection, PortForwardError } from './node-connection.ts'
export type { PodStage, PodWorker } from './pod-worker.ts'
export type { ContainerSlot } from './container-slot.ts'
export { isMirrorPod, type StaticPod } from './static-pods.ts'
export { REALISTIC_TIMING, type KubeletTiming } from './timing.ts'
export { dnsExchange } from './dns-exchange.ts'
