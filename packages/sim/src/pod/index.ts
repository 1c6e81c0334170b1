// Pods as values: what a pod's environment, files and status are, computed from its object. Pure functions, no cluster needed.

export { containerEnvironment, type ConfigLookup, type EnvironmentInput } from './environment.ts'
export { expandReferences } from './expansion.ts'
export { hostsFile, nodeHostsFile, podHostname } from './hostname.ts'
export { podPhase, type PodPhase } from './phase.ts'
export { podResolvConf, resolvConfText, type DnsSettings, type ResolvConf } from './resolv-conf.ts'
export { serviceVariables, visibleServices } from './service-environment.ts'
export { podStatus, type StatusInput } from './status.ts'
