// The HTTPS door in front of the request pipeline: start with server.ts; request-handler.ts is what it asks of the pipeline.

export { startHttpServer, type HttpServer, type HttpServerOptions } from './server.ts'
export { ADMIN_USER, ANONYMOUS_USER, singleToken, type Authenticator } from './authentication.ts'
export { bootstrapAuthorizer, type Attributes, type Authorizer, type Decision } from './authorization.ts'
export type {
  ApiObject,
  ApiRequest,
  ApiResponse,
  ListMetadata,
  RequestBody,
  RequestHandler,
  RequestVerb,
  ResourceRequest,
  UserInfo,
  WatchSink,
} from './request-handler.ts'
