// Carries what an ingress controller decides: an answer, an endpoint to pass the request to (and the next one where the rules have
// it), or another server to ask first. Everything goes through the sockets of the controller's pod. Upstream connections are not
// kept open.

import { SECOND } from '@podwire/engine'
import type { Authenticating, Handled, Passed, SubRequest } from '@podwire/ingress'
import { SocketError } from '../fabric/network.ts'
import { isRequestFailure, type RequestFailure } from '../http/failure.ts'
import { type HttpReply, sendHttp } from '../http/index.ts'
import { TlsError } from '../tls/index.ts'
import { headerValue, type HttpResponse } from '../http/message.ts'
import { joinTunnels, type Tunnel } from '../http/tunnel.ts'
import type { ContainerContext } from './image.ts'

const READ_TIMEOUT = 60 * SECOND

export function carryHandled(context: CarrierContext, handled: Handled): HttpResponse | Promise<HttpResponse> {
  return handled.kind === 'respond' ? handled.response : carry(context, handled)
}

/** What it takes of a container, or of a host outside. */
export type CarrierContext = Pick<ContainerContext, 'engine' | 'network' | 'resolver'>

/** Carries a request from step to step until there is an answer. */
async function carry(context: CarrierContext, first: Handled): Promise<HttpResponse> {
  let step: Step = { handled: first }
  while (step.handled.kind !== 'respond') {
    const { handled } = step
    step = handled.kind === 'proxy' ? await passOn(context, handled) : await authenticate(context, handled)
  }
  const { response } = step.handled
  const { takeOver } = step
  return takeOver === undefined ? response : { ...response, takeOver }
}

interface Step {
  readonly handled: Handled
  /** The endpoint speaks another protocol from here on. */
  readonly takeOver?: HttpResponse['takeOver']
}

/** Asks the chosen endpoint, and the others in turn as far as the rules have it. */
async function passOn(context: CarrierContext, passed: Passed): Promise<Step> {
  const { engine } = context
  if (passed.mirror !== undefined) void mirror(context, passed.mirror)
  const startUs = engine.clock.now()
  let failure: 'error' | 'timeout' = 'error'
  const attempts = [...passed.endpoints.entries()]
  for (const [index, endpoint] of attempts) {
    const isLast = index === attempts.length - 1 || isOver(passed, engine.clock.now() - startUs)
    const address = await resolved(context, endpoint.address)
    if (address === undefined) continue
    const askedUs = engine.clock.now()
    try {
      const reply = await sendTo(context, address, endpoint.port, passed)
      if (!isLast && passed.triesNext(reply.status, true)) continue
      const handled = passed.answered(reply, endpoint, engine.clock.now() - askedUs)
      return reply.tunnel === undefined ? { handled } : joined(context, handled, reply.tunnel, passed.readTimeoutUs)
    } catch (error) {
      if (!isRequestFailure(error)) throw error
      failure = error instanceof SocketError && error.code === 'ETIMEDOUT' ? 'timeout' : 'error'
      if (isLast || !passed.triesNext(failure, wasSent(error))) return { handled: passed.failed(failure) }
    }
  }
  return { handled: passed.failed(failure) }
}

/** What comes from either side of a WebSocket goes to the other. */
function joined({ network }: CarrierContext, handled: Handled, server: Tunnel, silenceUs: number): Step {
  if (handled.kind !== 'respond' || handled.response.status !== 101) {
    server.socket.end()
    return { handled }
  }
  return { handled, takeOver: (client) => joinTunnels(network.engine, client, server, silenceUs) }
}

const isOver = ({ triesTimeoutUs }: Passed, tookUs: number): boolean => triesTimeoutUs > 0 && tookUs >= triesTimeoutUs

/** The endpoint may have begun to work on it: the connection stood. */
function wasSent(error: RequestFailure): boolean {
  if (error instanceof TlsError) return false
  return !(error instanceof SocketError) || (error.flow?.outcome === 'delivered' && error.code !== 'ECONNREFUSED')
}

async function authenticate(context: CarrierContext, asked: Authenticating): Promise<Step> {
  try {
    return { handled: asked.answered(await sendElsewhere(context, asked.ask, asked.readTimeoutUs)) }
  } catch (error) {
    if (!isRequestFailure(error)) throw error
    return { handled: asked.answered(undefined) }
  }
}

/** Nobody waits for a copy's answer. */
async function mirror(context: CarrierContext, copy: SubRequest): Promise<void> {
  try {
    await sendElsewhere(context, copy, READ_TIMEOUT)
  } catch (error) {
    if (!isRequestFailure(error)) throw error
  } finally {
    context.engine.touchAsync()
  }
}

/** @returns undefined when the name leads nowhere */
async function sendElsewhere(
  context: CarrierContext,
  { url, request }: SubRequest,
  timeoutUs: number,
): Promise<HttpResponse | undefined> {
  const { protocol, hostname, port } = new URL(url)
  const address = await resolved(context, hostname)
  if (address === undefined) return undefined
  const isHttps = protocol === 'https:'
  return sendHttp(context.network, {
    ...request,
    address,
    port: port === '' ? (isHttps ? 443 : 80) : Number(port),
    timeoutUs,
    ...(isHttps ? { tls: { serverName: hostname } } : {}),
  })
}

/** ExternalName Services, and other servers, have a name where others have an address. */
async function resolved(context: CarrierContext, address: string): Promise<string | undefined> {
  if (/^[0-9.]+$/.test(address) || address.includes(':')) return address
  const found = await context.resolver.lookup(address)
  return 'addresses' in found ? found.addresses[0] : undefined
}

function sendTo(context: CarrierContext, address: string, port: number, passed: Passed): Promise<HttpReply> {
  const { request, https, connectTimeoutUs, readTimeoutUs } = passed
  return sendHttp(context.network, {
    address,
    port,
    method: request.method,
    target: request.target,
    version: request.version,
    headers: request.headers,
    body: request.body,
    connectTimeoutUs,
    timeoutUs: readTimeoutUs,
    ...(https ? { tls: { serverName: '' } } : {}),
    upgrades: headerValue(request.headers, 'upgrade') !== undefined,
  })
}
