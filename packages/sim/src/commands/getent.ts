// getent hosts, ahosts, ahostsv4, ahostsv6. Status 2 when nothing is found. Other databases are refused by name.

import type { Tool } from './tool.ts'
import { isIpv4, lookupName } from './waiting.ts'

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
    const found = await context.block(lookupName(host, name))
    const all = 'error' in found ? [] : found.addresses
    const addresses = all.filter((one) =>
      database === 'ahostsv4' ? isIpv4(one) : database === 'ahostsv6' ? !isIpv4(one) : true,
    )
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
