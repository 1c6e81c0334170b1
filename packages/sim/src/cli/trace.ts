// `podwire trace`: sends one request from a place in a running cluster, and prints the way it took: the name, candidate by
// candidate, then the connection with its hooks and rules.

import { PodwireError } from '@podwire/engine'
import { flowMermaid } from '../fabric/mermaid.ts'
import { explainTrace } from '../sdk/explain-trace.ts'
import type { RequestTrace } from '../sdk/trace-request.ts'
import { askCluster } from './control-request.ts'
import { findCluster } from './kubeconfig.ts'

export const TRACE_ROUTE = '/podwire/v1/trace'

export interface TraceBody {
  readonly from: string
  readonly url: string
}

export interface TraceOptions {
  readonly kubeconfig?: string
  readonly json?: boolean
  readonly mermaid?: boolean
}

export async function runTrace(from: string, url: string, options: TraceOptions): Promise<number> {
  const body: TraceBody = { from, url }
  const answer = (await askCluster(findCluster(options.kubeconfig), TRACE_ROUTE, body)) as
    RequestTrace | { readonly error: string }
  if ('error' in answer) throw new PodwireError(`trace ${url} from ${from}`, answer.error)
  const text =
    options.json === true
      ? JSON.stringify(answer, undefined, 2)
      : options.mermaid === true
        ? answer.attempts.map(flowMermaid).join('\n')
        : explainTrace(answer)
  process.stdout.write(`${text}\n`)
  return 0
}
