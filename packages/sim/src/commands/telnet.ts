// telnet, as people use it to see whether a port answers: connects, tells so, and passes lines both ways. Options of the protocol are
// neither offered nor answered. Messages: GNU inetutils' in images with glibc, busybox's in those with musl.

import { parseOptions, type CommandContext } from '@podwire/shell'
import { SocketError } from '../fabric/network.ts'
import { connectReason } from './curl/transfer.ts'
import { copyBothWays } from './nc.ts'
import { isBusybox, type Tool } from './tool.ts'
import { lookupName, wantedFamily } from './waiting.ts'

const NO_OPTIONS = { has: (): boolean => false, value: (): undefined => undefined }

export const telnet: Tool = async (context, host) => {
  const options = parseOptions(context.args, '46')
  if ('problem' in options) return fail(context, options.problem)
  const [name, service = '23'] = options.operands
  if (name === undefined) return fail(context, 'usage: telnet HOST [PORT]')
  const port = Number(service)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return fail(context, `${service}: bad port`)
  const found = await context.block(lookupName(host, name, wantedFamily(options)))
  const addresses = 'error' in found ? [] : found.addresses
  const busybox = isBusybox(host)
  if (addresses.length === 0) {
    return fail(
      context,
      busybox ? `bad address '${name}'` : `could not resolve ${name}/${service}: Name or service not known`,
    )
  }
  let status = 1
  for (const address of busybox ? addresses.slice(0, 1) : addresses) {
    if (!busybox) await context.stdout.write(`Trying ${address}...\n`)
    try {
      const socket = await context.block(host.network.connectTcp({ address, port }))
      await context.stdout.write(
        busybox
          ? `Connected to ${name}\n\nEntering character mode\nEscape character is '^]'.\n\n`
          : `Connected to ${name}.\nEscape character is '^]'.\n`,
      )
      // At the end of the input the real one hangs up; here the peer may finish what it has to say.
      status = await copyBothWays(context, socket, NO_OPTIONS, true)
      await context.stderr.write(
        busybox ? 'Connection closed by foreign host\n' : 'Connection closed by foreign host.\n',
      )
      return busybox ? 1 : status
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      const reason = connectReason(error)
      await fail(
        context,
        busybox
          ? `can't connect to remote host (${address}): ${reason}`
          : `Unable to connect to remote host: ${reason}`,
      )
    }
  }
  return status
}

async function fail(context: CommandContext, message: string): Promise<number> {
  await context.stderr.write(`telnet: ${message}\n`)
  return 1
}
