// A flow as text for people: one line that says how it ended and why, then one aligned line a hop, in the tools' own words.
// Chains that were entered and left without a match are left out; the flow's steps have them all.

import { EXPLAIN_QUERIES } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import { assertNever, formatDuration } from '@podwire/engine'
import type { ResolverQuery } from '../images/image.ts'
import type { Flow, FlowStep, FlowTuple } from './flow.ts'

type Line = readonly [place: string, at: string, what: string]

/** The whole way: names asked for, rules and hops. The last line has no newline. */
export function explainFlow(flow: Flow, queries: readonly ResolverQuery[] = []): string {
  const lines: Line[] = queryLines(queries)
  for (const { place, at, what } of decidingSteps(flow.steps)) lines.push([place, at, what])
  if (flow.steps.length === 0) lines.push(['', '', 'hops were not recorded: flow traces are off'])
  const onward = flow.onward === undefined ? [] : [explainFlow(flow.onward)]
  return [summarizeFlow(flow), ...aligned(lines), ...onward].join('\n')
}

/** A lookup as text: each candidate of the search list with its answer, in the order they were asked for. */
export function explainQueries(queries: readonly ResolverQuery[]): string {
  checkArguments('explain queries', EXPLAIN_QUERIES, [queries])
  if (queries.length === 0) return '  nothing was asked: an address, or a name of /etc/hosts'
  return aligned(queryLines(queries)).join('\n')
}

function queryLines(queries: readonly ResolverQuery[]): Line[] {
  return queries.map((query) => [query.server, 'dns', describeQuery(query)])
}

function aligned(lines: readonly Line[]): readonly string[] {
  const placeWidth = Math.max(...lines.map(([place]) => place.length))
  const atWidth = Math.max(...lines.map(([, at]) => at.length))
  return lines.map(([place, at, what]) => `  ${place.padEnd(placeWidth)}  ${at.padEnd(atWidth)}  ${what}`)
}

/** `tcp 10.244.0.2:41000 → 10.96.7.7:80 → 10.244.1.2:8080 (pod/default/web-0): delivered in 190µs` */
export function summarizeFlow(flow: Flow): string {
  const { original, delivered } = flow
  const sent = `${original.protocol} ${endpointOf(original, 'source')} → ${endpointOf(original, 'destination')}`
  return `${sent}${translation(original, delivered)}${receiverOf(flow)}: ${ending(flow)}`
}

function translation(original: FlowTuple, delivered: FlowTuple | undefined): string {
  if (delivered === undefined) return ''
  const to = endpointOf(delivered, 'destination')
  const from = endpointOf(delivered, 'source')
  const masqueraded = from === endpointOf(original, 'source') ? '' : ` as ${from}`
  return `${to === endpointOf(original, 'destination') ? '' : ` → ${to}`}${masqueraded}`
}

function receiverOf(flow: Flow): string {
  return flow.receiver === undefined ? '' : ` (${flow.receiver})`
}

function ending(flow: Flow): string {
  const last = flow.steps.at(-1)
  const at = last === undefined ? '' : ` at ${last.place}`
  const why = reasonOf(flow.steps)
  switch (flow.outcome) {
    case 'delivered':
      return `delivered in ${formatDuration(flow.latencyUs)}`
    case 'closed':
      return `refused, nothing listens on port ${flow.delivered?.destinationPort ?? flow.original.destinationPort}`
    case 'rejected':
      return `rejected${at}${why}`
    case 'dropped':
      return `dropped${at}${why}`
    case 'no-route':
      return `no route${at}`
    case 'host-down':
      return `host unreachable${last === undefined ? '' : `, ${last.what}`}`
    default:
      return assertNever(flow.outcome, 'flow outcome')
  }
}

/** What the deciding rule's comment says: `default/web has no endpoints`. */
function reasonOf(steps: readonly FlowStep[]): string {
  const last = steps.at(-1)
  if (last === undefined) return ''
  const comment = /--comment "([^"]*)"/.exec(last.what)?.[1]
  return `: ${comment ?? last.what}`
}

function endpointOf(tuple: FlowTuple, side: 'source' | 'destination'): string {
  const address = tuple[side]
  if (tuple.protocol === 'icmp') return address
  const port = side === 'source' ? tuple.sourcePort : tuple.destinationPort
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** `web.default.svc.cluster.local. A: NOERROR 10.96.7.7 (ttl 30)`; no records of the type is NODATA. */
function describeQuery(query: ResolverQuery): string {
  const { name, type, outcome, answers, note } = query
  const said = outcome === 'NOERROR' && answers.length === 0 ? 'NODATA' : outcome
  const records = answers.map((line) => ` ${describeRecord(line, name)}`).join(',')
  return `${name} ${type}: ${said}${records}${note === undefined ? '' : ` (${note})`}`
}

/** A zone-file line in one's reading order: the owner only where it is another name than the one asked for. */
function describeRecord(line: string, asked: string): string {
  const [owner = '', ttl = '', , type = '', ...rdata] = line.split('\t')
  const record = `${type} ${rdata.join(' ')} (ttl ${ttl})`
  return owner.toLowerCase() === asked.toLowerCase() ? record : `${owner} ${record}`
}

/** Steps without those that only passed through: RETURNs, and jumps into chains in which nothing matched. */
function decidingSteps(steps: readonly FlowStep[]): readonly FlowStep[] {
  const kept: FlowStep[] = []
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]
    if (step === undefined || / -j RETURN\b/.test(step.what)) continue
    const chain = / (?:-j|-g) (KUBE-[A-Z0-9-]+)/.exec(step.what)?.[1]
    const next = kept.at(-1)
    const entered = next?.place === step.place && next.at.endsWith(`/${chain ?? ''}`)
    if (chain === undefined || entered) kept.push(step)
  }
  return kept.reverse()
}
