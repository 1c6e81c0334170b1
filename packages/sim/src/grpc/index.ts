// gRPC over the simulated network: messages (framing.ts), statuses (status.ts), programs that serve calls (server.ts), a client for
// calls of one message each way (client.ts), and the health service every gRPC library brings (health.ts).

export { callGrpc, type GrpcOutcome } from './client.ts'
export { checkHealth, type HealthStatus, HealthService } from './health.ts'
export { grpcHandler, type GrpcCall, type GrpcMethod, type GrpcMethods, unary } from './server.ts'
export { GrpcError, type GrpcStatus } from './status.ts'
