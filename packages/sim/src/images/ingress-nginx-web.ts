// The web ports of the nginx controller: plain HTTP and HTTPS, with nginx's limits and its words for what is no request.
// Limits: client_header_timeout 60 s, large_client_header_buffers 4 of 8 KiB. Its fake certificate has a P-256 key, where the real
// one's is RSA. Source: ingress-nginx internal/net/ssl/ssl.go (getFakeHostSSLCert), internal/ingress/controller/config/config.go.

import { SECOND } from '@podwire/engine'
import { type IngressController, nginxRefusal } from '@podwire/ingress'
import { createSelfSignedCertificate } from '../certificates/index.ts'
import { type Listener, SocketError } from '../fabric/network.ts'
import { type HttpServerOptions, serveHttp } from '../http/index.ts'
import type { CarryingHandler } from '../http/message.ts'
import { encodeResponse } from '../http/frame.ts'
import { lazyCredentials, passTls, type ServerCredentials, type ServerTls } from '../tls/index.ts'
import type { ContainerContext } from './image.ts'
import type { IngressCarrier } from './ingress-carrier.ts'
import { httpDate } from './responses.ts'

const HEADER_TIMEOUT_US = 60 * SECOND
const BUFFER_BYTES = 8 * 1024
const BUFFERS = 4
/** nginx's own status for plain HTTP on a TLS port. */
const TO_HTTPS = 497

export interface WebPorts {
  readonly http: number
  readonly https: number
}

/** @returns what closes them; or which port somebody else has */
export function serveWeb(
  context: ContainerContext,
  controller: IngressController,
  carrier: IngressCarrier,
  ports: WebPorts,
): { close(): void } | { readonly taken: keyof WebPorts } {
  const listeners: Listener[] = []
  const close = (): void => {
    for (const listener of listeners) listener.close()
  }
  for (const scheme of ['http', 'https'] as const) {
    // Behind its own port the controller says 443, whatever that is called outside.
    const frontend = { scheme, port: scheme === 'https' ? 443 : ports.http }
    const handle: CarryingHandler = (request, peer) => carrier.carry(controller.handle(request, peer, frontend), peer)
    const tls = scheme === 'https' ? { tls: serverTls(context, controller), http2: true } : {}
    try {
      listeners.push(serveHttp(context.network, ports[scheme], handle, { ...manners(context), ...tls }))
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      close()
      return { taken: scheme }
    }
  }
  return { close }
}

function manners({ engine }: ContainerContext): HttpServerOptions {
  return {
    limits: { lineBytes: BUFFER_BYTES, headerBytes: BUFFERS * BUFFER_BYTES },
    refusal: (status) => nginxRefusal(status, httpDate(engine.clock)),
    receiveTimeoutUs: HEADER_TIMEOUT_US,
    streams: true,
  }
}

function serverTls(context: ContainerContext, controller: IngressController): ServerTls {
  const fake = fakeCertificate(context)
  return {
    credentials: (serverName) => controller.certificateFor(serverName) ?? fake,
    protocols: ['h2', 'http/1.1'],
    asksForCertificate: (serverName) => controller.asksForCertificate(serverName),
    // The Go process in front of nginx looks at the name first (--enable-ssl-passthrough).
    passthrough: (hello) => {
      const to = controller.passthroughFor(hello.serverName)
      return to === undefined ? undefined : (socket) => passTls(context.network, socket, hello, to)
    },
    plainAnswer: () => encodeResponse(nginxRefusal(TO_HTTPS, httpDate(context.engine.clock))),
  }
}

/** Made at the start, as the real one makes it; the work is done when somebody looks. */
function fakeCertificate({ engine, random, network }: ContainerContext): ServerCredentials {
  const nowMs = engine.clock.wallTimeMs()
  const seed = `${network.name}/${random.fork('fake-certificate').uint32()}`
  const request = {
    hosts: ['ingress.local'],
    organization: 'Acme Co',
    commonName: 'Kubernetes Ingress Controller Fake Certificate',
    notBefore: new Date(nowMs),
  }
  return lazyCredentials(() => createSelfSignedCertificate(request, { nowMs, seed }))
}
