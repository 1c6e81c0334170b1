// A virtual node as the API sees it: its Node object, its registration and its Lease. What runs on it is in ../kubelet.

export {
  capacityOf,
  DEFAULT_CAPACITY,
  nodeObject,
  nodeStatus,
  readyConditions,
  type NodeSpecification,
} from './node-object.ts'
export { EXTERNAL_KUBELET_LABEL, registerNode, type RegistrationOptions } from './registration.ts'
export { Heartbeat, type HeartbeatOptions } from './heartbeat.ts'
