// A file a plugin looks at again every so often: `hosts`, the weights of `loadbalance`. It is looked at when a query comes that
// long or longer after the last look, where the real ones have a ticker.

import type { Clock, Microseconds } from '@podwire/engine'

export interface WatchedFile {
  /** Looks again when it is time to. */
  look(): void
}

/**
 * @param everyUs 0: the file is read once
 * @param read called at once, and whenever it is time
 */
export function watchFile(clock: Clock, everyUs: Microseconds, read: () => void): WatchedFile {
  let lookedUs = clock.now()
  read()
  return {
    look() {
      const nowUs = clock.now()
      if (everyUs === 0 || nowUs - lookedUs < everyUs) return
      lookedUs = nowUs
      read()
    },
  }
}
