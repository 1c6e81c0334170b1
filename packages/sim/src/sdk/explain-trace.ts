// A traced request as text: what came of it, the name with each candidate's answer, and each connection with its hops and rules.

import { EXPLAIN_TRACE } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import { formatDuration } from '@podwire/engine'
import { explainFlow, explainQueries } from '../fabric/explain.ts'
import type { RequestTrace } from './trace-request.ts'

/** Lines for people; the last has no newline. */
export function explainTrace(trace: RequestTrace): string {
  checkArguments('explain a trace', EXPLAIN_TRACE, [trace])
  const { from, url, attempts } = trace
  const lines = [`${from} → ${url}: ${ending(trace)}`, '', `name ${trace.name}: ${naming(trace)}`]
  if (trace.queries.length > 0) lines.push(explainQueries(trace.queries))
  for (const [i, flow] of attempts.entries()) {
    lines.push(
      '',
      attempts.length === 1 ? 'connection' : `connection ${i + 1} of ${attempts.length}`,
      explainFlow(flow),
    )
  }
  return lines.join('\n')
}

function naming({ source, addresses }: RequestTrace): string {
  const found = addresses.length === 0 ? 'no address' : addresses.join(', ')
  switch (source) {
    case 'address':
      return 'an address, nobody is asked'
    case 'hosts':
      return `${found}, from /etc/hosts`
    case 'dns':
      return found
  }
}

function ending({ attempts, result }: RequestTrace): string {
  if (result.kind === 'failed') return result.text
  const receiver = attempts.at(-1)?.receiver
  const from = receiver === undefined ? '' : ` from ${receiver}`
  const said =
    result.status === undefined
      ? `connected${receiver === undefined ? '' : ` to ${receiver}`}`
      : `${result.status}${from}`
  return `${said} in ${formatDuration(result.durationUs)}`
}
