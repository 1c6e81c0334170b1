// What a running cluster offers `podwire exec` beside the Kubernetes API.

import type { Cluster } from '../sdk/cluster.ts'
import { EXEC_ROUTE } from './exec.ts'

type Route = (body: unknown) => Promise<object>

export function controlRoutes(cluster: Cluster): ReadonlyMap<string, Route> {
  return new Map([[EXEC_ROUTE, (body: unknown) => execute(cluster, body)]])
}

async function execute(cluster: Cluster, body: unknown): Promise<object> {
  const { place, command } = (typeof body === 'object' && body !== null ? body : {}) as {
    place?: unknown
    command?: unknown
  }
  if (typeof place !== 'string' || !Array.isArray(command) || command.length === 0) {
    return { error: 'the request names no place and command' }
  }
  return cluster.machine(place).exec(command.map(String))
}
