// What the process answers over HTTP: /health, /ready and /metrics, each on its own port. Source: CoreDNS plugin/health,
// plugin/ready, plugin/metrics.

import type { MetricsRegistry } from '@podwire/engine'
import type { PageName } from './configuration.ts'

export interface HttpPage {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

const TEXT = 'text/plain; charset=utf-8'
const NOT_FOUND: HttpPage = { status: 404, contentType: TEXT, body: '404 page not found\n' }

export function httpPage(
  page: PageName | undefined,
  path: string,
  synced: boolean,
  metrics: MetricsRegistry,
): HttpPage {
  if (page === undefined || path.replace(/\?.*$/, '') !== `/${page}`) return NOT_FOUND
  switch (page) {
    case 'health':
      return { status: 200, contentType: TEXT, body: 'OK' }
    case 'ready':
      return synced
        ? { status: 200, contentType: TEXT, body: 'OK' }
        : { status: 503, contentType: TEXT, body: 'kubernetes' }
    case 'metrics':
      return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: metrics.text() }
  }
}
