// The events of a run as lines for people: the time, the kind, and what identifies it.

import { objectChanged } from '@podwire/apiserver'
import { formatDuration, type BusEvent } from '@podwire/engine'
import { flowSeen } from '../fabric/core.ts'
import { whyFlow } from '../fabric/why.ts'
import type { Cluster } from '../sdk/cluster.ts'

/** From now on, each as it happens. */
export function printEvents(cluster: Cluster, write: (line: string) => void): void {
  const { bus } = cluster.engine
  const line = ({ timeUs, topic }: BusEvent, what: string): void =>
    write(`${formatDuration(timeUs).padStart(12)}  ${topic}  ${what}\n`)
  bus.subscribe(objectChanged, (event) => line(event, `${event.payload.type} ${event.payload.key}`))
  bus.subscribe(flowSeen, (event) => {
    const { protocol, source, sourcePort, destination, destinationPort } = event.payload.original
    line(event, `${protocol} ${source}:${sourcePort} → ${destination}:${destinationPort}: ${whyFlow(event.payload)}`)
  })
  bus.subscribeAll((event) => {
    if (event.topic !== objectChanged.name && event.topic !== flowSeen.name) line(event, plain(event.payload))
  })
}

/** Its plain fields. */
function plain(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return String(payload)
  return Object.entries(payload as Record<string, unknown>)
    .flatMap(([name, value]) => (isPlain(value) ? [`${name}=${String(value)}`] : []))
    .join(' ')
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
