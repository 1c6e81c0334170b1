// `loop`: asks this server itself a random HINFO name once it serves; seeing the question three times means that an upstream
// leads back here, and the process ends as the real one does. Source: CoreDNS plugin/loop.

import { argumentError } from '../../corefile/index.ts'
import { queryFor } from '../../wire/index.ts'
import type { Plugin } from '../plugin.ts'

const HINFO = 13
const TIMEOUT_US = 5_000_000

export const loop: Plugin = {
  name: 'loop',
  setup([directive], context) {
    if ((directive?.args.length ?? 0) > 0) throw argumentError(directive?.line ?? 1, 'loop', 'loop')
    const zone = context.zones[0] ?? '.'
    const port = Number(/:(\d+)$/.exec(context.server)?.[1] ?? '53')
    const random = context.random.fork('loop')
    const word = (): string => `${random.integer(0, 0x7fff_ffff)}${random.integer(0, 0x7fff_ffff)}`
    const name = `${word()}.${word()}.${zone === '.' ? '' : zone}`
    let seen = 0
    let asking = true
    context.onStart(() => {
      const target = { address: '127.0.0.1', port, protocol: 'udp', timeoutUs: TIMEOUT_US } as const
      const answer = context.exchange(queryFor(0, { name, type: HINFO, class: 1 }), target)
      if (answer instanceof Promise) void answer.then(() => (asking = false))
      else asking = false
    })
    return function detectLoop(request, next) {
      const { question } = request
      if (!asking || question.type !== HINFO || question.name !== name) return next(request)
      if (++seen > 2) {
        const { address, port: from } = request.from
        const problem = `Loop (${address}:${from} -> :${port}) detected for zone "${zone}"`
        context.fatal(
          `plugin/loop: ${problem}, see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO ${name}"`,
        )
      }
      return next(request)
    }
  },
}
