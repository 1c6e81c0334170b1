// `podwire trace`: sends one request from a place in a running cluster, and prints the way it took: the name, candidate by
// candidate, then the connection with its hooks and rules.

import { PodwireError } from '@podwire/engine'
import { flowMermaid } from '../fabric/mermaid.ts'
import { sequenceSvg } from '../graph/sequence-svg.ts'
import { explainTrace } from '../sdk/explain-trace.ts'
import type { RequestTrace } from '../sdk/trace-request.ts'
import { askCluster, ClusterRefusal } from './control-request.ts'
import { findCluster } from './kubeconfig.ts'

export const TRACE_ROUTE = '/podwire/v1/trace'

export interface TraceBody {
  readonly from: string
  readonly url: string
}

type TraceFormat = 'text' | 'json' | 'mermaid' | 'svg'

export interface TraceOptions {
  readonly kubeconfig?: string
  readonly format?: TraceFormat
  readonly json?: boolean
  readonly mermaid?: boolean
}

export async function runTrace(from: string, url: string, options: TraceOptions): Promise<number> {
  const body: TraceBody = { from, url }
  const answer = (await askCluster(findCluster(options.kubeconfig), TRACE_ROUTE, body)) as
    RequestTrace | { readonly error: string }
  if ('error' in answer) throw new ClusterRefusal(`trace ${url} from ${from}`, answer.error)
  const { format = options.json === true ? 'json' : options.mermaid === true ? 'mermaid' : 'text' } = options
  process.stdout.write(traceText(answer, format))
  return 0
}

function traceText(trace: RequestTrace, format: TraceFormat): string {
  switch (format) {
    case 'text':
      return `${explainTrace(trace)}\n`
    case 'json':
      return `${JSON.stringify(trace, undefined, 2)}\n`
    case 'mermaid':
      return `${trace.attempts.map(flowMermaid).join('\n')}\n`
    case 'svg':
      return lastAttempt(trace)
  }
}

/** A picture shows one connection: the one that was answered, or the last that was tried. */
function lastAttempt(trace: RequestTrace): string {
  const flow = trace.attempts.at(-1)
  if (flow !== undefined) return sequenceSvg(flowMermaid(flow))
  const reason = trace.result.kind === 'failed' ? trace.result.text : 'nothing was sent'
  throw new PodwireError(
    `draw ${trace.url}`,
    `no connection was tried: ${reason}`,
    'Without --format it tells what was asked.',
  )
}
