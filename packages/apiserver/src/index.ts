// @podwire/apiserver: a mock Kubernetes API server. server.ts puts it together; client/ is how components talk to it.
// A request: http/ is the door for kubectl (http/metrics/ counts what it does), decode/ and protobuf/ read bodies, pipeline/ is what
// happens to it, with patch/, managed-fields/, admission/ (over quota/ and pod-security/) and validation/; streams/ (exec, logs,
// port-forward) and proxy/ (HTTP through pods, services and nodes) are what goes on from there to nodes and pods.
// Who may: certificates/, tokens/, rbac/. What is kept: resources/ holds one file a kind, objects/ and schema/ their types,
// custom-resources/ what clients define and definition-controllers/ what the server does about it; store/ keeps the objects.
// What is said: status/, openapi/, internal-structs/ (Go's structs in messages). fuzz/ asks all of it what no client would ask.

export * from './objects/index.ts'
export * from './resources/served-types.ts'
export { sameValue } from './resources/compare.ts'
export { apiVersionOf, groupResourceOf, resourceType, type ResourceType } from './resources/resource-type.ts'
export type {
  Client,
  DeleteOptions as ClientDeleteOptions,
  ListOptions,
  ObjectList,
  ObjectRef,
  PatchType,
  Watch,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client/client.ts'
export type { Informer, InformerChange, InformerFactory } from './client/informer.ts'
export { CONNECTION_REFUSED, unreachable } from './status/errors.ts'
export { ApiConnection, type Trouble } from './client/api-connection.ts'
export { createInformerFactory, type InformerFactoryOptions } from './client/shared-informer.ts'
export { createWorkQueue, RetryLater, type WorkQueue, type WorkQueueOptions } from './client/work-queue.ts'
export { createEventRecorder, type EventRecorder, type EventRecorderOptions } from './client/event-recorder.ts'
export { createEventSeriesRecorder, type EventSeriesRecorder } from './client/event-series-recorder.ts'
export { canonicalHard, freesQuota, quotaTypes, quotaUsage } from './quota/index.ts'
export { aggregatedRules } from './rbac/index.ts'
export { matchesLabels, matchesLabelSelector, parseLabelSelector } from './selectors/index.ts'
export type { Status, StatusCause, StatusDetails } from './status/status-error.ts'
export {
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isNamespaceTerminating,
  isUnreachable,
  isNotFound,
  StatusError,
} from './status/status-error.ts'
export type {
  Backend,
  BackendRequest,
  BackendResponse,
  ByteStream,
  ExecOutput,
  ExecRequest,
  ExecResult,
  ExecSession,
  LogRequest,
  NodeConnection,
} from './streams/node-connection.ts'
export { KubeletRefusal } from './streams/node-connection.ts'
export { readServiceRanges } from './resources/core/service-ranges.ts'
export { createApiServer, type ApiServer, type ApiServerOptions } from './server.ts'
export type { AuthorizationMode } from './http/authorization.ts'
export type { ApplyResult, Manifest } from './client/apply.ts'
export { JsonSyntaxError, scanJson } from './decode/json-scanner.ts'
export { writeWholeFile } from './certificates/whole-file.ts'
export { scanYamlDocuments } from './decode/yaml.ts'
export { resolvePlain } from './decode/yaml-scalars.ts'
export { type DecodedManifest, manifestDecoder } from './client/decode-manifest.ts'
export { qosClassOf } from './resources/pods/pod-qos.ts'
export { quantityMilliValue, quantityValue } from './validation/quantity-value.ts'
export { isYamlError, parseYaml } from './decode/parse-yaml.ts'
export { goJson } from './objects/go-json.ts'
export { isRecord } from './objects/is-record.ts'
export { findJsonPath } from './custom-resources/json-path/find.ts'
export { JsonPathError } from './custom-resources/json-path/nodes.ts'
export { parseJsonPath } from './custom-resources/json-path/parse.ts'
export { objectChanged } from './object-changed.ts'
export type { StoreEvent } from './store/history.ts'
export type { HttpServer, HttpServerOptions, InProcessDoor, RecordedRequest, ServerCertificates } from './door.ts'
export { loadHttpDoor } from './door.ts'
