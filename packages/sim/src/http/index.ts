// HTTP/1.x over the simulated network: server.ts, client.ts and fetch.ts for programs; parser.ts and frame.ts for the bytes and
// objects on the wire; adapters.ts for users' own handlers.

export {
  type FastifyLike,
  fastifyHandler,
  type FetchHandler,
  fetchHandler,
  nodeHandler,
  type NodeRequestListener,
} from './adapters.ts'
export { HttpError, type HttpReply, requestHttp, sendHttp, type SendOptions } from './client.ts'
export { fetchHttp, type FetchOptions, type FetchReply, type HttpUrl, parseHttpUrl, ResolveError } from './fetch.ts'
export { encodeRequest, encodeResponse, RequestFrame, ResponseFrame } from './frame.ts'
export { headerValue, type HeaderList, type HttpHandler, type HttpRequest, type HttpResponse } from './message.ts'
export { DEFAULT_LIMITS, type ParserLimits } from './parser.ts'
export { reasonPhrase } from './reason.ts'
export { type HttpServerOptions, serveHttp } from './server.ts'
