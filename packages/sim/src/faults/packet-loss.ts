// Packets between two sets of places get lost, each by itself, with the same chance. TCP sends again and takes longer (SYNs after
// 1, 3, 7 s …, data after 200 ms, 600 ms …); a datagram is gone. Source: netem's loss.

import { PodwireError } from '@podwire/engine'
import type { FaultParts } from './fault-parts.ts'
import type { NamedPlaces } from './place-set.ts'

/** @param rate 0 to 1: 0.1 loses every tenth packet */
export function packetLoss(parts: FaultParts, rate: number, from: NamedPlaces, to: NamedPlaces): () => void {
  if (!(rate > 0 && rate <= 1)) {
    throw new PodwireError(
      'lose packets',
      `the rate is ${rate}`,
      'Give a number above 0 and up to 1: 0.1 is every tenth packet.',
    )
  }
  const effect = { kind: 'lose', rate } as const
  const why = `packet loss of ${Math.round(rate * 1000) / 10}%`
  const repairs = [
    parts.fabric.impair({ from, to, effect, why }),
    parts.fabric.impair({ from: to, to: from, effect, why }),
  ]
  return () => {
    for (const repair of repairs) repair()
  }
}
