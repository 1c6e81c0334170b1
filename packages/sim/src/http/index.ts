// HTTP/1.x over the simulated network: server.ts, client.ts and fetch.ts for programs; parser.ts and frame.ts for the bytes and
// objects on the wire; adapters.ts for users' own handlers.

export {
  type FastifyLike,
  fastifyHandler,
  type FetchHandler,
  nodeHandler,
  type NodeRequestListener,
  whileHeld,
} from './adapters.ts'
export { type HttpReply, sendHttp, type SendOptions } from './client.ts'
export { type FetchOptions, type FetchReply, type HttpUrl, parseHttpUrl } from './fetch.ts'

export { HttpError } from './http-error.ts'
export { headerValue, type HeaderList, type HttpHandler, type HttpRequest, type HttpResponse } from './message.ts'
export { type ParserLimits } from './parser.ts'

export { type HttpServerOptions, serveHttp } from './server.ts'
