// traefik's API and dashboard, as far as they tell of routers and servers: /api/http/routers, /api/http/services, /api/overview and
// /api/rawdata of v2 and v3; /api and /health of v1.7; a page that lists the routers at /dashboard/.
// Source: traefik pkg/api/handler.go; v1.7 api/handler.go.

import type { TraefikController, TraefikRelease } from '@podwire/ingress'
import type { HttpResponse } from '../../http/message.ts'
import type { ContainerContext } from '../image.ts'
import { goResponse, pathOf } from '../responses.ts'

type Routers = ReturnType<TraefikController['routers']>

/** Undefined: not the API's. */
export function traefikApi(
  { engine }: ContainerContext,
  controller: TraefikController | undefined,
  target: string,
  { major }: TraefikRelease,
): HttpResponse | undefined {
  const path = pathOf(target)
  if (path === '/' || path === '/dashboard') {
    const found = goResponse(engine.clock, 302, '')
    return { ...found, headers: [['Location', '/dashboard/'], ...found.headers] }
  }
  const routers = controller?.routers() ?? []
  if (path === '/dashboard/') return goResponse(engine.clock, 200, page(routers), 'text/html; charset=utf-8')
  const value = major === 1 ? valueV1(path, routers) : valueAt(path, routers)
  if (value === undefined) return undefined
  return goResponse(engine.clock, 200, JSON.stringify(value), 'application/json')
}

function valueAt(path: string, routers: Routers): unknown {
  const listed = routers.map(({ router }) => ({
    ...(router.entryPoints === undefined ? {} : { entryPoints: router.entryPoints }),
    service: router.backends[0]?.name ?? '',
    rule: router.rule,
    priority: router.priority,
    ...(router.tls ? { tls: {} } : {}),
    status: 'enabled',
    name: `${router.name}@kubernetes`,
    provider: 'kubernetes',
  }))
  const services = [...new Map(routers.map(({ router, servers }) => [router.backends[0]?.name ?? '', servers]))].map(
    ([name, servers]) => ({
      loadBalancer: { servers: servers.map((url) => ({ url })), strategy: 'wrr', passHostHeader: true },
      status: 'enabled',
      serverStatus: Object.fromEntries(servers.map((url) => [url, 'UP'])),
      name: `${name}@kubernetes`,
      provider: 'kubernetes',
      type: 'loadbalancer',
    }),
  )
  switch (path) {
    case '/api/http/routers':
      return listed
    case '/api/http/services':
      return services
    case '/api/overview':
      return {
        http: {
          routers: { total: listed.length, warnings: 0, errors: 0 },
          services: { total: services.length, warnings: 0, errors: 0 },
          middlewares: { total: 0, warnings: 0, errors: 0 },
        },
        providers: ['KubernetesIngress'],
      }
    case '/api/rawdata':
      return {
        routers: Object.fromEntries(listed.map((router) => [router.name, router])),
        services: Object.fromEntries(services.map((service) => [service.name, service])),
      }
    default:
      return undefined
  }
}

function valueV1(path: string, routers: Routers): unknown {
  if (path === '/health') return { pid: 1, status_code_count: {}, total_status_code_count: {} }
  if (path !== '/api' && path !== '/api/providers') return undefined
  const backends = routers.map(({ router, servers }) => [
    router.name,
    {
      servers: Object.fromEntries(servers.map((url) => [url, { url, weight: 1 }])),
      loadBalancer: { method: 'wrr' },
    },
  ])
  const frontends = routers.map(({ router }) => [
    router.name,
    {
      entryPoints: router.entryPoints ?? ['http'],
      backend: router.name,
      routes: { [router.name]: { rule: router.rule } },
      passHostHeader: router.rules.passHostHeader ?? true,
      priority: router.priority,
    },
  ])
  return { kubernetes: { backends: Object.fromEntries(backends), frontends: Object.fromEntries(frontends) } }
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function page(routers: Routers): string {
  const rows = routers.map(
    ({ router, servers }) =>
      `<tr><td>${escaped(router.rule)}</td><td>${escaped(router.name)}</td><td>${servers.join(' ')}</td></tr>\n`,
  )
  return (
    `<!DOCTYPE html>\n<html>\n<head><title>Traefik</title></head>\n<body>\n<h1>Traefik</h1>\n` +
    `<table>\n<tr><th>Rule</th><th>Router</th><th>Servers</th></tr>\n${rows.join('')}</table>\n</body>\n</html>\n`
  )
}
