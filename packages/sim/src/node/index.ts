// A virtual node as the API sees it: its Node object, its registration and its Lease. What runs on it is in ../kubelet.

export { capacityOf, type NodeSpecification } from './node-object.ts'
export { registerNode } from './registration.ts'
export { Heartbeat } from './heartbeat.ts'
