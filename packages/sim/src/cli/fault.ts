// `podwire fault`: breaks something in a running cluster, lists what is broken, and repairs it. While the API server is down this
// command cannot reach the cluster either, so that such a fault needs a time to end by itself.

import { PodwireError } from '@podwire/engine'
import { namedFaultProblem, startNamedFault, type NamedFaultOptions } from '../faults/named-fault.ts'
import type { Cluster } from '../sdk/cluster.ts'
import { askCluster } from './control-request.ts'
import { NOT_DONE } from './exit-status.ts'
import { findCluster } from './kubeconfig.ts'

export const FAULT_ROUTE = '/podwire/v1/fault'

interface ShownFault {
  readonly number: number
  readonly kind: string
  readonly target: string
}

export interface FaultCommandOptions extends NamedFaultOptions {
  readonly kubeconfig?: string
}

/** `fault list`, `fault end NUMBER|all`, or a fault with its arguments. */
export async function runFault(kind: string, args: readonly string[], options: FaultCommandOptions): Promise<number> {
  const { kubeconfig, ...rest } = options
  const answer = (await askCluster(findCluster(kubeconfig), FAULT_ROUTE, { kind, args, options: rest })) as
    { readonly faults: readonly ShownFault[] } | { readonly error: string }
  if ('error' in answer) {
    // A sentence already, of the cluster's own.
    process.stderr.write(`podwire: ${answer.error}\n`)
    return NOT_DONE
  }
  const lines = answer.faults.map(({ number, kind: what, target }) => `${number}  ${what}  ${target}\n`)
  process.stdout.write(lines.length === 0 ? 'nothing is broken\n' : lines.join(''))
  return 0
}

/** What the running cluster makes of it: the faults that are under way then. */
export function serveFault(cluster: Cluster, body: unknown): object {
  const { kind, args, options } = (typeof body === 'object' && body !== null ? body : {}) as {
    kind?: unknown
    args?: unknown
    options?: unknown
  }
  if (typeof kind !== 'string' || !Array.isArray(args)) return { error: 'the request names no fault' }
  const { faults } = cluster
  const texts = args.map(String)
  if (kind === 'end') endFaults(cluster, texts[0] ?? '')
  else if (kind !== 'list') beginFault(cluster, kind, texts, (options ?? {}) as NamedFaultOptions)
  return { faults: faults.active }
}

function beginFault(cluster: Cluster, kind: string, args: readonly string[], options: NamedFaultOptions): void {
  const problem = namedFaultProblem(kind, args, options)
  if (problem !== undefined) throw new PodwireError(problem.action, problem.reason, problem.remedy)
  const takesServer =
    kind === 'apiServerDown' || (kind.startsWith('node') && cluster.composition.nodes.isControlPlane(args[0] ?? ''))
  if (takesServer && options.for === undefined) {
    throw new PodwireError(`begin ${kind}`, 'this command reaches the cluster by the API server', 'Add --for 30s.')
  }
  startNamedFault(cluster.faults, kind, args, options)
}

function endFaults({ faults }: Cluster, which: string): void {
  if (which === 'all') return faults.endAll()
  faults.fault(which).end()
}
