// Pods as values: what a pod's environment, files and status are, computed from its object. Pure functions, no cluster needed
// (pod-volumes.ts keeps the file trees of a running pod).

export {
  mayRestart,
  newEphemeralRecord,
  newRecords,
  nextRestartCount,
  type ContainerRecord,
  type TerminatedState,
} from './container-record.ts'
export { gatesMoved } from './conditions.ts'
export { containerEnvironment, type ConfigLookup } from './environment.ts'
export { hostsFile, nodeHostsFile, podHostname, type PodHostname } from './hostname.ts'
export type { PodAddresses } from './field-ref.ts'
export { PodVolumes, type PodVolumesOptions } from './pod-volumes.ts'
export { podResolvConf, resolvConfText, type DnsSettings } from './resolv-conf.ts'
export { isMasterService, serviceVariables, visibleServices } from './service-environment.ts'
export { podStatus, type StatusInput } from './status.ts'
