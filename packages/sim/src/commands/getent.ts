// getent hosts, ahosts, ahostsv4, ahostsv6. Status 2 when nothing is found; `hosts ADDRESS` looks for a name, first in
// /etc/hosts. Other databases are refused by name.

import { parseHosts, reverseNameOf } from '@podwire/dns'
import type { CommandContext } from '@podwire/shell'
import { dnsQuery, withoutDot } from './dns/query.ts'
import type { Tool, ToolHost } from './tool.ts'
import { isAddress, isIpv4, lookupName } from './waiting.ts'

export const getent: Tool = async (context, host) => {
  const [database, ...names] = context.args
  if (database === undefined || !/^(hosts|ahosts|ahostsv4|ahostsv6)$/.test(database)) {
    await context.stderr.write(
      database === undefined
        ? 'Usage: getent [OPTION...] database [key ...]\n'
        : `getent: ${database}: this database is not simulated\n`,
    )
    return 1
  }
  let status = 0
  for (const name of names) {
    if (database === 'hosts' && isAddress(name)) {
      const owner = await nameOf(context, host, name)
      if (owner === undefined) status = 2
      else await context.stdout.write(`${name.padEnd(15)} ${owner}\n`)
      continue
    }
    const found = await context.block(lookupName(host, name, database === 'ahostsv4' ? 4 : undefined))
    const all = 'error' in found ? [] : found.addresses
    const addresses = database === 'ahostsv6' ? mapped(all) : all
    if ('error' in found || addresses.length === 0) {
      status = 2
      continue
    }
    if (database === 'hosts') {
      // gethostbyname2: IPv6 addresses if there are any, else IPv4.
      const six = addresses.filter((one) => !isIpv4(one))
      for (const address of six.length > 0 ? six : addresses) {
        await context.stdout.write(`${address.padEnd(15)} ${found.canonicalName}\n`)
      }
    } else {
      for (const [index, address] of addresses.entries()) {
        const shown = index === 0 ? found.canonicalName : ''
        await context.stdout.write(
          `${address.padEnd(15)} STREAM ${shown}\n${address.padEnd(15)} DGRAM  \n${address.padEnd(15)} RAW    \n`,
        )
      }
    }
  }
  return status
}

/** AI_V4MAPPED: IPv6 addresses, or where there are none those of IPv4 in IPv6's spelling. */
function mapped(addresses: readonly string[]): readonly string[] {
  const six = addresses.filter((address) => !isIpv4(address))
  return six.length > 0 ? six : addresses.map((address) => `::ffff:${address}`)
}

/** gethostbyaddr: /etc/hosts, then a PTR question. */
async function nameOf(context: CommandContext, host: ToolHost, address: string): Promise<string | undefined> {
  const hosts = parseHosts(Buffer.from(context.files.read('/etc/hosts') ?? new Uint8Array()).toString('utf8'))
  const [listed] = hosts.names(address)
  const reverse = reverseNameOf(address)
  if (listed !== undefined || reverse === undefined) return listed
  const { outcome } = await dnsQuery(context, host, reverse, 'PTR', {})
  if (outcome.kind !== 'reply') return undefined
  for (const record of outcome.message.answer) if (record.type === 'PTR') return withoutDot(record.target)
  return undefined
}
