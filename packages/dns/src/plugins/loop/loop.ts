// `loop`: real CoreDNS asks its upstream a random name once at start and stops when it sees the question itself. The
// simulated upstream is the declared internet, never this server, so there is nothing to detect. Source: CoreDNS plugin/loop.

import { argumentError } from '../../corefile/index.ts'
import type { Plugin } from '../plugin.ts'

export const loop: Plugin = {
  name: 'loop',
  setup([directive]) {
    if ((directive?.args.length ?? 0) > 0) throw argumentError(directive?.line ?? 1, 'loop', 'loop')
    return undefined
  },
}
