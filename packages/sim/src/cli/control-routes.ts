// What a running cluster offers the other subcommands beside the Kubernetes API, for administrators only.

import {
  endpointSlices,
  ingresses,
  nodes,
  pods,
  services,
  type KubeObject,
  type ResourceType,
} from '@podwire/apiserver'
import type { Cluster } from '../sdk/cluster.ts'
import { EXEC_ROUTE } from './exec.ts'
import { FAULT_ROUTE, serveFault } from './fault.ts'
import { OBJECTS_ROUTE } from './graph.ts'
import { TRACE_ROUTE } from './trace.ts'
import { KUBECONFIG_ROUTE } from './user-kubeconfig.ts'

type Route = (body: unknown) => Promise<object>

export interface UserWanted {
  readonly user: string
  readonly groups: readonly string[]
  readonly namespace?: string
}

/** @param makeKubeconfig its text, for a user */
export function controlRoutes(
  cluster: Cluster,
  makeKubeconfig: (wanted: UserWanted) => Promise<string>,
): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    [EXEC_ROUTE, (body) => execute(cluster, body)],
    [FAULT_ROUTE, (body) => fault(cluster, body)],
    [TRACE_ROUTE, (body) => trace(cluster, body)],
    [OBJECTS_ROUTE, async () => ({ objects: drawnObjects(cluster) })],
    [KUBECONFIG_ROUTE, (body) => userKubeconfig(makeKubeconfig, body)],
  ])
}

async function userKubeconfig(make: (wanted: UserWanted) => Promise<string>, body: unknown): Promise<object> {
  const { user, groups, namespace } = (typeof body === 'object' && body !== null ? body : {}) as {
    user?: unknown
    groups?: unknown
    namespace?: unknown
  }
  if (typeof user !== 'string' || user === '') return { error: 'the request names no user' }
  const named = Array.isArray(groups) ? groups.map(String) : []
  const place = typeof namespace === 'string' ? { namespace } : {}
  return { kubeconfig: await make({ user, groups: named, ...place }) }
}

async function fault(cluster: Cluster, body: unknown): Promise<object> {
  return serveFault(cluster, body)
}

async function trace(cluster: Cluster, body: unknown): Promise<object> {
  const { from, url } = (typeof body === 'object' && body !== null ? body : {}) as { from?: unknown; url?: unknown }
  if (typeof from !== 'string' || typeof url !== 'string') return { error: 'the request names no place and URL' }
  return cluster.place(from).trace(url)
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

const DRAWN: readonly ResourceType[] = [nodes, services, endpointSlices, pods, ingresses]

/** What `podwire graph` draws, with the kinds that lists leave out. */
function drawnObjects({ client }: Cluster): readonly KubeObject[] {
  return DRAWN.flatMap((type) => client.list(type).items.map((object) => ({ ...object, kind: type.kind })))
}
