// Packets between two sets of places are late, each way, by a delay and up to a jitter more or less. Segments of one connection keep
// their order, datagrams may overtake each other. Source: netem's delay with a uniform jitter.

import { parseDuration, PodwireError, type Duration } from '@podwire/engine'
import type { FaultParts } from './fault-parts.ts'
import type { NamedPlaces } from './place-set.ts'

/** @param jitter at most the delay */
export function networkDelay(
  parts: FaultParts,
  delay: Duration,
  jitter: Duration,
  from: NamedPlaces,
  to: NamedPlaces,
): () => void {
  const effect = { kind: 'delay', delayUs: parseDuration(delay), jitterUs: parseDuration(jitter) } as const
  if (effect.delayUs === 0) throw new PodwireError('delay packets', 'the delay is nothing', `Give one such as '100ms'.`)
  if (effect.jitterUs > effect.delayUs) {
    throw new PodwireError(
      'delay packets',
      `the jitter ${jitter} is more than the delay ${delay}`,
      'Give a smaller jitter.',
    )
  }
  const why = `delay of ${delay}`
  const repairs = [
    parts.fabric.impair({ from, to, effect, why }),
    parts.fabric.impair({ from: to, to: from, effect, why }),
  ]
  return () => {
    for (const repair of repairs) repair()
  }
}
