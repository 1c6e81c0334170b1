// agnhost serve-hostname: says the pod's name on port 9376, by HTTP, or on bare TCP and UDP.
// Source: kubernetes test/images/agnhost/serve-hostname. After SIGTERM it lives on for 60 seconds, as the real one.

import { SECOND } from '@podwire/engine'
import { flagValue } from '../flags.ts'
import { startHttpProgram } from '../http-program.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { takesSignals } from '../program.ts'
import { goResponse } from '../responses.ts'

const LINGER = 60 * SECOND

export function startServeHostname(context: ContainerContext): RunningProgram {
  const port = Number(flagValue(context.command, 'port') ?? '9376')
  const on = (name: string): boolean =>
    context.command.some((word) => word === `--${name}` || word === `--${name}=true`)
  const name = Buffer.from(context.hostname, 'utf8')
  const linger = (): void => {
    context.engine.schedule(LINGER, 'serve-hostname shutdown', () => context.exit(0))
  }
  if (on('udp')) {
    const socket = context.network.bindUdp(port)
    socket.onMessage = (_data, from) => void socket.send(name, from)
  }
  if (on('tcp')) {
    context.network.listenTcp(port, (socket) => {
      socket.write(name)
      socket.end()
    })
  }
  if (context.command.includes('--http=false')) return takesSignals(context, { SIGTERM: linger, SIGINT: 2 })
  return startHttpProgram(context, {
    ports: [port],
    signals: { SIGTERM: linger, SIGINT: 2 },
    handler: () => goResponse(context.engine.clock, 200, context.hostname),
  })
}
