// What a request with an Upgrade header is for: a command, a port-forward, a log or a watch, with everything checked that can be
// refused before the protocol changes; or something that takes no upgrade and is answered as if it had not asked.

import type { IncomingMessage } from 'node:http'
import type { Answer } from '../http/answer.ts'
import { unauthorized } from '../http/refusals.ts'
import type { ResourceInfo } from '../http/request-info.ts'
import { certificateOf } from '../http/client-certificate.ts'
import { admit, route, toResourceRequest, type DoorContext, type DoorRequest, type Routed } from '../http/router.ts'
import type { StreamAnswer } from '../http/stream-answer.ts'
import type { Pod } from '../objects/index.ts'
import { notSimulated } from '../status/errors.ts'
import type { NodeConnection } from './node-connection.ts'
import { containerOf, findPod, nodeOf } from './pod-target.ts'
import { checkForwardedPorts } from './port-forward.ts'
import { commandOptions, type CommandOptions } from './remote-command.ts'
import { offeredProtocols } from './upgrade-protocols.ts'

export interface CommandSession {
  readonly kind: 'command'
  readonly node: NodeConnection
  readonly pod: Pod
  readonly options: CommandOptions
}

export interface ForwardSession {
  readonly kind: 'forward'
  readonly node: NodeConnection
  readonly pod: Pod
  readonly query: URLSearchParams
}

export type Session =
  | CommandSession
  | ForwardSession
  /** Logs are bytes, watches are texts. */
  | { readonly kind: 'log' | 'watch'; readonly answer: StreamAnswer }
  | { readonly kind: 'answer'; readonly answer: Answer | Promise<Answer>; readonly request: DoorRequest }

const UPGRADED: ReadonlySet<string> = new Set(['attach', 'exec', 'portforward'])
const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.'

/** Browsers cannot send an Authorization header with a websocket: a protocol name may carry the token. @throws StatusError 401 */
export function takeBearerProtocol(offered: readonly string[]): {
  readonly protocols: readonly string[]
  readonly token: string | undefined
} {
  const carriers = offered.filter((name) => name.startsWith(BEARER_PROTOCOL))
  const protocols = offered.filter((name) => !name.startsWith(BEARER_PROTOCOL))
  const [carrier] = carriers
  if (carrier === undefined) return { protocols, token: undefined }
  const encoded = carrier.slice(BEARER_PROTOCOL.length)
  const wellFormed = carriers.length === 1 && protocols.length > 0 && /^[A-Za-z0-9_-]+$/.test(encoded)
  if (!wellFormed) throw unauthorized()
  return { protocols, token: Buffer.from(encoded, 'base64url').toString('utf8') }
}

/** @throws StatusError, KubeletRefusal */
export function upgradeSession(context: DoorContext, message: IncomingMessage): Session {
  const { method = 'GET', url = '/' } = message
  const { token } = takeBearerProtocol(offeredProtocols(message.headers['sec-websocket-protocol']))
  const authorization = message.headers.authorization ?? (token === undefined ? undefined : `Bearer ${token}`)
  const headers = { ...message.headers, ...(authorization === undefined ? {} : { authorization }) }
  const request: DoorRequest = {
    method,
    url,
    headers,
    distinct: message.headersDistinct,
    certificate: certificateOf(message.socket),
    body: undefined,
    warn: () => {},
  }
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers
  const { user, query, info } = admit(context, request)
  const isPod = info.kind === 'resource' && info.group === '' && info.resource === 'pods'
  const pods = isPod ? context.served().find('', info.version, 'pods') : undefined
  if (!isPod || pods === undefined || !UPGRADED.has(info.subresource) || method === 'HEAD') {
    if (Number(length) !== 0 || encoding !== undefined) throw notSimulated('an upgrade of a request with a body')
    return streamOrAnswer(info.kind === 'resource' ? info : undefined, route(context, request), request)
  }
  // Without a body the router refuses other methods, and names and places that are none.
  if (!['create', 'get'].includes(info.verb) || info.namespace === '' || info.rest.length > 0) {
    return streamOrAnswer(info, route(context, request), request)
  }
  const resourceRequest = toResourceRequest(info, pods, user, query, request)
  if (info.subresource === 'portforward') checkForwardedPorts(query)
  const pod = findPod(context, resourceRequest)
  if (info.subresource === 'portforward') {
    return { kind: 'forward', node: nodeOf(context, resourceRequest, pod), pod, query }
  }
  const container = containerOf(pod, query.get('container') ?? '')
  const node = nodeOf(context, resourceRequest, pod)
  return { kind: 'command', node, pod, options: commandOptions(query, container, info.subresource === 'attach') }
}

function streamOrAnswer(info: ResourceInfo | undefined, routed: Routed, request: DoorRequest): Session {
  if (routed instanceof Promise || routed.type !== 'stream') return { kind: 'answer', answer: routed, request }
  return { kind: info?.subresource === 'log' ? 'log' : 'watch', answer: routed }
}
