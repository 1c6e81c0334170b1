// @podwire/sim: the simulated cluster. sdk/ is what tests and scripts import; fabric/ is the network, kubelet/ the nodes'
// agent, tls/ and http/ what programs speak, images/ the programs of pods, commands/ curl and friends, doors/ the ways in from
// the host, cli/ the command.

export { Cluster, createCluster } from './sdk/cluster.ts'
export { loadCluster, type LoadClusterOptions } from './travel/load-cluster.ts'
export type { Snapshot } from './travel/snapshot.ts'
export {
  checkInvariants,
  defineInvariant,
  type Invariant,
  invariants,
  InvariantsBroken,
  type ObjectChange,
  type ObjectChanges,
  type Violation,
} from './invariants/index.ts'
export {
  type ContainerFaultOptions,
  type CrashOptions,
  type DelayOptions,
  type Fault,
  faultEnded,
  type FaultEvent,
  type FaultOptions,
  type Faults,
  faultStarted,
  type NamedFaultOptions,
  startNamedFault,
  type NodeRef,
  type PartitionOptions,
  type Place,
  type Places,
  type PodRef,
} from './faults/index.ts'
export type { ClusterOptions, NodeSettings } from './sdk/options.ts'
export type { GuardMode } from './guard/guard.ts'
export type { CommandResult } from './sdk/command-runner.ts'
export { type CurlOptions, type FetchInit, RequestError, type RunningLoad } from './sdk/machine.ts'
export { proxyRules, type RulesOptions } from './sdk/rules.ts'
export type { ClientKubeConfig, InProcessKubeConfig, KubeConfigOptions } from './sdk/kube-config.ts'
export type { LoadOptions, LoadResult } from './sdk/load.ts'
export type { HostHandle } from './sdk/host-handle.ts'
export type { OuterNginx, OuterNginxOptions } from './sdk/outer-nginx.ts'
export type { DrainOptions, NodeHandle } from './sdk/node-handle.ts'
export { explainQueries } from './fabric/explain.ts'
export { explainTrace } from './sdk/explain-trace.ts'
export type { RequestTrace } from './sdk/trace-request.ts'
export { type Internet, type InternetHost, internetAsked } from './internet/index.ts'
export type { PodHandle } from './sdk/pod-handle.ts'
export type { LoadReport, LostRequest } from './sdk/load-report.ts'
export type { LoadRequest, LoadOutcome } from './sdk/load-request.ts'
export type { LatencyBucket, LatencyHistogram } from './sdk/latency-histogram.ts'
export type { StartLoadOptions } from './sdk/load-run.ts'
export {
  containerExited,
  type ContainerExited,
  containerSignalled,
  type ContainerSignalled,
} from './container/index.ts'
export type { ScenarioContext } from './scenario/scenario-script.ts'
export type { Reply, RequestFlow } from './sdk/reply.ts'
export type { ManifestSource } from './sdk/manifests.ts'
export type { ContainerContext, Image, ProgramEngine, RunningProgram, Signal } from './images/image.ts'
export { DEFAULT_SIGNALS, GO_SIGNALS, GRACEFUL_SIGNALS, takesSignals, UNHANDLED_AS_PID_1 } from './images/program.ts'
export { fetchImage, listenerImage, socketImage } from './images/user-images.ts'
export { grpcImage, type GrpcProgram } from './images/grpc-image.ts'
export {
  type GrpcCall,
  GrpcError,
  type GrpcMethod,
  type GrpcMethods,
  type GrpcStatus,
  HealthService,
  type HealthStatus,
  unary,
} from './grpc/index.ts'
export type { FetchProgram, NodeProgram, SocketProgram, UserImageOptions } from './images/user-images.ts'
export { type HttpHandler, type HttpRequest, type HttpResponse, serveHttp } from './http/index.ts'
export { type SctpSocket, SocketError, type TcpSocket, type UdpSocket } from './fabric/network.ts'
export type { Tool, ToolHost } from './commands/tool.ts'
export type { ImageRegistry } from './images/registry.ts'
export type { FetchHandler } from './http/adapters.ts'
export {
  type AuthorityOptions,
  type CertificateAuthority,
  type CertificateRequest,
  createCertificateAuthority,
  createSelfSignedCertificate,
  type IssuedCertificate,
} from './certificates/index.ts'
