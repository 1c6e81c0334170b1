// The kubelet: one per virtual node. kubelet.ts watches and delegates, pod-worker.ts is a pod's life, next-steps.ts decides,
// probes/ asks containers how they are, node-connection.ts serves exec, logs and port-forward.

export { createClusterView, type ClusterView } from './cluster-view.ts'
export { dnsExchange } from './dns-exchange.ts'
export { nodeResolvConf, startKubelet, type Kubelet, type KubeletOptions } from './kubelet.ts'
export { PodFaults } from './pod-faults.ts'
export { createNodeConnection } from './node-connection.ts'
