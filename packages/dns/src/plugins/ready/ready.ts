// `ready`: http://:8181/ready is `OK` once the plugins that can say so are ready; the server serves that page
// (server/http-pages.ts). Source: CoreDNS plugin/ready.

import { argumentError } from '../../corefile/index.ts'
import type { Plugin } from '../plugin.ts'

export const ready: Plugin = {
  name: 'ready',
  setup([directive]) {
    if ((directive?.args.length ?? 0) > 1) throw argumentError(directive?.line ?? 1, directive?.args[1] ?? '', 'ready')
    return undefined
  },
}
