// traefik, from v1.7 (the course's) to v3: the controller of @podwire/ingress behind its entry points, the API and dashboard on port
// 8080, ping. The image's tag is the release it behaves as. Entry points with TLS are not opened, which is said on standard error.
// Source: traefik docs reference/install-configuration, pkg/config/static; v1.7 configuration/entrypoints.go, examples/k8s.

import type { Client } from '@podwire/apiserver'
import {
  createTraefikController,
  traefikRelease,
  type EntryPoint,
  type TraefikController,
  type TraefikRelease,
} from '@podwire/ingress'
import { SocketError, type Listener } from '../fabric/network.ts'
import { serveHttp } from '../http/index.ts'
import type { CarryingHandler } from '../http/message.ts'
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
  const listeners: Listener[] = []
  try {
    for (const entryPoint of settings.entryPoints) {
      listeners.push(listen(context, controller, carrier, entryPoint, settings, release))
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
    ...(provider?.ingressClass === undefined ? {} : { ingressClass: provider.ingressClass }),
    ...(provider?.namespace === undefined ? {} : { watchNamespace: provider.namespace }),
    strictPrefix: provider?.strictPrefix ?? false,
    allowEmptyServices: provider?.allowEmptyServices ?? false,
    allowExternalNameServices: provider?.allowExternalName ?? false,
  })
}

function listen(
  context: ContainerContext,
  controller: TraefikController | undefined,
  carrier: IngressCarrier,
  { name, port, trust, api, ping }: TraefikSettings['entryPoints'][number],
  { defaultEntryPoints }: TraefikSettings,
  release: TraefikRelease,
): Listener {
  const { clock } = context.engine
  const entryPoint: EntryPoint = {
    name,
    frontend: { scheme: 'http', port },
    trust,
    isDefault: defaultEntryPoints === undefined ? name !== 'traefik' : defaultEntryPoints.includes(name),
  }
  const handle: CarryingHandler = (request, peer) => {
    if (ping && pathOf(request.target) === '/ping') return goResponse(clock, 200, 'OK')
    const own = api ? traefikApi(context, controller, request.target, release) : undefined
    if (own !== undefined) return own
    if (controller === undefined) return goResponse(clock, 404, '404 page not found\n')
    return carrier.carry(controller.handle(request, peer, entryPoint), peer)
  }
  // Without TLS it takes clients that begin with HTTP/2, since v2.
  return serveHttp(context.network, port, handle, { streams: true, http2: release.major > 1 })
}
