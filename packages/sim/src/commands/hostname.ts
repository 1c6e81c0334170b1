// hostname with the addresses the network knows: -i and -I, besides -f, -s and -d.

import type { Tool } from './tool.ts'

export const hostname: Tool = async (context, host) => {
  const [flag] = context.args
  const addresses = host.network.addresses.filter((one) => !one.startsWith('127.') && one !== '::1')
  const [short = '', ...domain] = host.hostname.split('.')
  const shown = new Map([
    [undefined, host.hostname],
    ['-f', host.hostname],
    ['--fqdn', host.hostname],
    ['-s', short],
    ['-d', domain.join('.')],
    ['-i', addresses[0] ?? '127.0.0.1'],
    ['--ip-address', addresses[0] ?? '127.0.0.1'],
    ['-I', `${addresses.join(' ')} `],
  ]).get(flag)
  if (shown === undefined) {
    await context.stderr.write(`hostname: ${flag}: not simulated\n`)
    return 1
  }
  await context.stdout.write(`${shown}\n`)
  return 0
}
