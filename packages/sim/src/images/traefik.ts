// traefik, from v1.7 (the course's) to v3: the controller of @podwire/ingress behind its entry points, the API and dashboard on port
// 8080, ping. The image's tag is the release it behaves as. Entry points take TLS and plain HTTP on one port, as TLS routers are for the
// one and others for the other; its default certificate has a P-256 key, where the real one's is RSA (pkg/tls/generate/generate.go).
// Source: traefik docs reference/install-configuration, pkg/config/static; v1.7 configuration/entrypoints.go, examples/k8s.

import { createHash } from 'node:crypto'
import type { Client } from '@podwire/apiserver'
import {
  createTraefikController,
  traefikRelease,
  type EntryPoint,
  type TraefikController,
  type TraefikRelease,
} from '@podwire/ingress'
import { createSelfSignedCertificate } from '../certificates/index.ts'
import { SocketError, type Listener } from '../fabric/network.ts'
import { serveHttp } from '../http/index.ts'
import type { CarryingHandler } from '../http/message.ts'
import { lazyCredentials, type ServerCredentials } from '../tls/index.ts'
import type { ContainerContext, Image, RunningProgram } from './image.ts'
import { IngressCarrier } from './ingress-carrier.ts'
import { traefikApi } from './traefik/api.ts'
import { readSettings, readSettingsV1, type TraefikSettings } from './traefik/settings.ts'
import { goResponse, pathOf } from './responses.ts'
import { TRAEFIK_UPSTREAM } from './upstream-rules.ts'

export function traefikImage({ client }: { readonly client: Client }): Image {
  return {
    name: 'traefik',
    aliases: ['traefik/traefik', 'rancher/mirrored-library-traefik', 'rancher/library-traefik'],
    entrypoint: ['/entrypoint.sh'],
    defaultArguments: ['traefik'],
    programNames: new Set(['traefik']),
    ports: [80],
    libc: 'musl',
    start: (context) => startTraefik(context, client),
  }
}

function startTraefik(context: ContainerContext, client: Client): RunningProgram {
  const image = context.pod.spec.containers.find(({ name }) => name === context.containerName)?.image ?? ''
  const release = traefikRelease(image)
  const argv = context.command.filter((word) => word.startsWith('-'))
  const settings = release.major === 1 ? readSettingsV1(argv) : readSettings(argv, context.environment)
  if ('error' in settings) {
    context.stderr(`${settings.error}\n`)
    context.exit(1)
    return { signal: () => undefined }
  }
  for (const line of settings.notes) context.stderr(`podwire: ${line}\n`)
  const controller = settings.provider === undefined ? undefined : createController(context, client, release, settings)
  const carrier = new IngressCarrier(context, TRAEFIK_UPSTREAM)
  const parts = { context, controller, carrier, certificate: defaultCertificate(context) }
  const listeners: Listener[] = []
  try {
    for (const entryPoint of settings.entryPoints) {
      listeners.push(listen(parts, entryPoint, settings, release))
    }
  } catch (error) {
    controller?.stop()
    if (!(error instanceof SocketError)) throw error
    context.stderr(`error while building entryPoint: error opening listener: ${error.code.toLowerCase()}\n`)
    context.exit(1)
    return { signal: () => undefined }
  }
  return {
    signal: (signal) => {
      if (signal !== 'SIGTERM' && signal !== 'SIGINT') return
      for (const listener of listeners) listener.close()
      context.exit(0)
    },
    stop: () => {
      controller?.stop()
      carrier.stop()
    },
  }
}

function createController(
  context: ContainerContext,
  client: Client,
  release: TraefikRelease,
  { provider }: TraefikSettings,
): TraefikController {
  const { network, random, hostname } = context
  return createTraefikController({
    engine: network.engine,
    client,
    random,
    name: network.name,
    hostname,
    release,
    status: provider?.status ?? { kind: 'none' },
    logError: (message) => context.stderr(`${goTime(context)} ERR ${message}\n`),
    ...(provider?.ingressClass === undefined ? {} : { ingressClass: provider.ingressClass }),
    ...(provider?.namespace === undefined ? {} : { watchNamespace: provider.namespace }),
    strictPrefix: provider?.strictPrefix ?? false,
    allowEmptyServices: provider?.allowEmptyServices ?? false,
    allowExternalNameServices: provider?.allowExternalName ?? false,
  })
}

/** `2026-01-01T00:00:00Z` */
function goTime({ engine }: ContainerContext): string {
  return new Date(engine.clock.wallTimeMs()).toISOString().replace(/\.\d+Z$/, 'Z')
}

interface Parts {
  readonly context: ContainerContext
  readonly controller: TraefikController | undefined
  readonly carrier: IngressCarrier
  readonly certificate: ServerCredentials
}

function listen(
  { context, controller, carrier, certificate }: Parts,
  { name, port, trust, tls, plain, redirect, api, ping }: TraefikSettings['entryPoints'][number],
  { defaultEntryPoints }: TraefikSettings,
  release: TraefikRelease,
): Listener {
  const { clock } = context.engine
  const isDefault = defaultEntryPoints === undefined ? name !== 'traefik' : defaultEntryPoints.includes(name)
  const handlerOf = (scheme: 'http' | 'https'): CarryingHandler => {
    const entryPoint: EntryPoint = { name, frontend: { scheme, port }, trust, tls, redirect, isDefault }
    return (request, peer) => {
      if (ping && pathOf(request.target) === '/ping') return goResponse(clock, 200, 'OK')
      const own = api ? traefikApi(context, controller, request.target, release) : undefined
      if (own !== undefined) return own
      if (controller === undefined) return goResponse(clock, 404, '404 page not found\n')
      return carrier.carry(controller.handle(request, peer, entryPoint), peer)
    }
  }
  // Without TLS it takes clients that begin with HTTP/2, since v2.
  const manners = { streams: true, http2: release.major > 1 }
  if (!tls && release.major === 1) return serveHttp(context.network, port, handlerOf('http'), manners)
  return serveHttp(context.network, port, handlerOf('https'), {
    ...manners,
    ...(plain ? { plain: handlerOf('http') } : {}),
    tls: {
      credentials: (serverName) => controller?.certificateFor(serverName) ?? certificate,
      protocols: ['h2', 'http/1.1'],
    },
  })
}

/** Made at the start, as the real one makes it; the work is done when somebody looks. */
function defaultCertificate({ engine, random, network }: ContainerContext): ServerCredentials {
  const nowMs = engine.clock.wallTimeMs()
  const seed = `${network.name}/${random.fork('default-certificate').uint32()}`
  const digest = createHash('sha256').update(seed).digest('hex')
  const request = {
    hosts: [`${digest.slice(0, 32)}.${digest.slice(32)}.traefik.default`],
    commonName: 'TRAEFIK DEFAULT CERT',
    notBefore: new Date(nowMs),
  }
  return lazyCredentials(() => createSelfSignedCertificate(request, { nowMs, seed }))
}
