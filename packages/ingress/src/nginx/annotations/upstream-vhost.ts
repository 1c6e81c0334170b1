// upstream-vhost: the Host header the backend sees.

import type { Annotation } from './annotation.ts'

export const upstreamVhost: Annotation = {
  name: 'upstream-vhost',
  read(text, rules) {
    if (!/^[\w.:-]+$/.test(text)) return 'must be a host name'
    rules.upstreamVhost = text
    return undefined
  },
}
