// What kube-proxy answers about health, as pure functions: the health-check node port of a load balancer (policy Local), and
// its own /healthz and /livez. Serving them is the simulation's business.
// Source: kubernetes pkg/proxy/healthcheck/{service_health,proxy_health}.go; texts seen in v1.36.2.

export interface HealthAnswer {
  readonly status: 200 | 503
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** Any path of http://NODE:healthCheckNodePort. */
export function serviceHealthAnswer(
  service: { readonly namespace: string; readonly name: string },
  localEndpoints: number,
  serviceProxyHealthy: boolean,
): HealthAnswer {
  const headers = jsonHeaders()
  headers.set('X-Load-Balancing-Endpoint-Weight', String(localEndpoints))
  const body = [
    '{',
    '\t"service": {',
    `\t\t"namespace": ${JSON.stringify(service.namespace)},`,
    `\t\t"name": ${JSON.stringify(service.name)}`,
    '\t},',
    `\t"localEndpoints": ${localEndpoints},`,
    `\t"serviceProxyHealthy": ${String(serviceProxyHealthy)}`,
    '}',
  ].join('\n')
  return { status: localEndpoints > 0 && serviceProxyHealthy ? 200 : 503, headers, body }
}

export interface ProxyHealth {
  /** RFC 3339. */
  readonly currentTime: string
  readonly lastSyncTime: string
  /** No family has had a change waiting for two sync periods. */
  readonly healthy: boolean
  /** Not being deleted, and not about to be scaled away. */
  readonly nodeEligible: boolean
  /** `IPv4`, `IPv6` */
  readonly families: readonly string[]
}

/** http://NODE:10256/healthz; load balancers look here for policy Cluster. */
export function healthzAnswer(health: ProxyHealth): HealthAnswer {
  return proxyAnswer(health, health.healthy && health.nodeEligible, { nodeEligible: health.nodeEligible })
}

/** http://NODE:10256/livez: the same without the node's fate. */
export function livezAnswer(health: ProxyHealth): HealthAnswer {
  return proxyAnswer(health, health.healthy, {})
}

function proxyAnswer(health: ProxyHealth, ok: boolean, more: { readonly nodeEligible?: boolean }): HealthAnswer {
  const { currentTime, healthy, families } = health
  const lastUpdated = ok ? currentTime : health.lastSyncTime
  const status = Object.fromEntries(families.map((family) => [family, { lastUpdated, healthy }]))
  const body = JSON.stringify({ lastUpdated, currentTime, ...more, healthy, status })
  return { status: ok ? 200 : 503, headers: jsonHeaders(), body }
}

function jsonHeaders(): Map<string, string> {
  return new Map([
    ['Content-Type', 'application/json'],
    ['X-Content-Type-Options', 'nosniff'],
  ])
}
