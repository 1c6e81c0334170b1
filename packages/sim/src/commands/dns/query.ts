// DNS questions of the tools, on the wire of the place they run in, and their options shared by dig, host and nslookup.

import { createResolver, parseResolvConf, type QueryOptions, type QueryResult } from '@podwire/dns'
import type { CommandContext } from '@podwire/shell'
import { dnsExchange } from '../../kubelet/dns-exchange.ts'
import type { ToolHost } from '../tool.ts'
import { isAddress, lookupName } from '../waiting.ts'

/** Asks one question. @throws PodwireError for what is no name or type */
export function dnsQuery(
  context: CommandContext,
  host: ToolHost,
  name: string,
  type: string,
  options: QueryOptions,
): Promise<QueryResult> {
  const resolver = createResolver({
    libc: 'glibc',
    resolvConf: host.resolvConf,
    hostsFile: () => '',
    exchange: dnsExchange(context.engine, host.network),
    random: context.random,
    clock: context.engine.clock,
  })
  return context.block(resolver.query(name, type, options))
}

/** The servers of resolv.conf. */
export function nameservers(host: ToolHost): readonly string[] {
  return parseResolvConf(host.resolvConf()).nameservers
}

export function searchRules(host: ToolHost): { readonly search: readonly string[]; readonly ndots: number } {
  return parseResolvConf(host.resolvConf())
}

/** The address of a server given by name; undefined when it has none. */
export async function serverAddress(
  context: CommandContext,
  host: ToolHost,
  name: string,
): Promise<string | undefined> {
  if (isAddress(name)) return name
  const found = await context.block(lookupName(host, name))
  return 'error' in found ? undefined : found.addresses[0]
}

/** `web.default.` as `web.default`; the root stays. */
export function withoutDot(name: string): string {
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name
}
