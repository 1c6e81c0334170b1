// A flow as a Mermaid sequence diagram: who the packet came by, and on each the chains it walked, the branch it took and what was rewritten.
// https://mermaid.js.org/syntax/sequenceDiagram.html

import { lastLeg, type Flow, type FlowStep } from './flow.ts'
import { whyFlow } from './why.ts'

/** The text of the diagram; the last line has no newline. */
export function flowMermaid(flow: Flow): string {
  const legs = legsOf(flow)
  const first = startOf(flow)
  const places = [...new Set(legs.flatMap((leg) => [startOf(leg), ...placesOf(leg), leg.receiver ?? []].flat()))]
  const names = new Map(places.map((place, i) => [place, `p${i}`]))
  const name = (place: string): string => names.get(place) ?? 'p0'
  const lines = [
    'sequenceDiagram',
    ...places.map((place) => `  participant ${name(place)} as ${plain(place)}`),
    ...legs.flatMap((leg) => legLines(leg, name)),
  ]
  const { outcome, receiver } = lastLeg(flow)
  const end = receiver ?? placesOf(lastLeg(flow)).at(-1) ?? first
  const arrow = outcome === 'delivered' ? '-->>' : '--x'
  lines.push(`  ${name(end)}${arrow}${name(first)}: ${plain(whyFlow(flow))}`)
  return lines.join('\n')
}

function legsOf(flow: Flow): readonly Flow[] {
  return flow.onward === undefined ? [flow] : [flow, ...legsOf(flow.onward)]
}

const placesOf = ({ steps }: Flow): readonly string[] =>
  steps.map(({ place }) => place).filter((place) => place !== 'wire')

/** Who sent it; without steps its address stands for it. */
function startOf(flow: Flow): string {
  return placesOf(flow)[0] ?? flow.original.source
}

function legLines(flow: Flow, name: (place: string) => string): readonly string[] {
  const { original } = flow
  const lines: string[] = []
  let at = startOf(flow)
  let source = end(original.source, original.sourcePort)
  let destination = end(original.destination, original.destinationPort)
  let chains: FlowStep[] = []
  const note = (place: string, text: string): void => {
    lines.push(`  Note over ${name(place)}: ${plain(text)}`)
  }
  const flush = (): void => {
    if (chains.length > 0) note(at, chainsText(chains))
    chains = []
  }
  for (const step of flow.steps) {
    if (step.place === 'wire') continue
    if (step.place !== at) {
      flush()
      lines.push(`  ${name(at)}->>${name(step.place)}: ${plain(`${original.protocol} ${source} → ${destination}`)}`)
      at = step.place
    }
    if (/^(nat|filter|mangle|kube-proxy)\//.test(step.at)) {
      if (chains[0]?.hook !== step.hook) flush()
      chains.push(step)
      continue
    }
    flush()
    if (step.rewrite?.field === 'source') source = step.rewrite.to
    else if (step.rewrite !== undefined) destination = step.rewrite.to
    note(at, step.rewrite === undefined ? otherText(step) : `${step.rewrite.from} becomes ${step.rewrite.to}`)
  }
  flush()
  const { receiver } = flow
  if (receiver !== undefined && receiver !== at) {
    lines.push(`  ${name(at)}->>${name(receiver)}: ${plain(`${original.protocol} ${source} → ${destination}`)}`)
  }
  return lines
}

/** `PREROUTING nat: KUBE-SERVICES, KUBE-SVC-X (1 of 3, 33%), KUBE-SEP-Y` */
function chainsText(steps: readonly FlowStep[]): string {
  const [first] = steps
  const chains = new Map<string, string>()
  for (const { at, branch } of steps) {
    const chain = at.slice(at.indexOf('/') + 1)
    const odds = branch === undefined ? '' : ` (1 of ${branch.of}, ${Math.round(100 * branch.probability)}%)`
    chains.set(chain, odds === '' ? (chains.get(chain) ?? '') : odds)
  }
  const last = steps.at(-1)
  const target = /(?:-j|^\s*)\s*(DROP|REJECT|ACCEPT|DNAT|MASQUERADE|REDIRECT)\b/.exec(last?.what ?? '')?.[1]
  const listed = [...chains].map(([chain, odds]) => `${chain}${odds}`).join(', ')
  return `${first?.hook ?? ''} ${first?.at.split('/')[0] ?? ''}: ${listed}${target === undefined ? '' : ` → ${target}`}`.trim()
}

function otherText({ at, what, conntrack, branch }: FlowStep): string {
  if (conntrack !== undefined) return `conntrack ${conntrack}`
  const odds = branch === undefined ? '' : ` (1 of ${branch.of})`
  return `${at}: ${what}${odds}`
}

function end(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** What Mermaid would take for its own: semicolons end a statement, # begins a character's code. */
function plain(text: string): string {
  return text.replace(/[#;]/g, (character) => (character === '#' ? '#35;' : '#59;')).replaceAll('\n', ' ')
}
