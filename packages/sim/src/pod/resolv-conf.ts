// A pod's /etc/resolv.conf from its dnsPolicy and dnsConfig.
// Source: kubernetes pkg/kubelet/network/dns. Options keep the order they were given in, where upstream's order is random.

import type { Pod } from '@podwire/apiserver'

export interface ResolvConf {
  readonly nameservers: readonly string[]
  readonly searches: readonly string[]
  /** `ndots:5`, `single-request` … */
  readonly options: readonly string[]
}

export interface DnsSettings {
  /** The cluster DNS Service's address. */
  readonly clusterDns: readonly string[]
  /** `cluster.local` */
  readonly clusterDomain: string
  /** The node's own resolver. */
  readonly node: ResolvConf
}

const MAX_NAMESERVERS = 3
const MAX_SEARCHES = 32
const MAX_SEARCH_CHARACTERS = 2048

export interface PodResolvConf {
  readonly config: ResolvConf
  /** Message of the DNSConfigForming event, when something had to be cut. */
  readonly warning: string | undefined
}

export function podResolvConf(pod: Pod, settings: DnsSettings): PodResolvConf {
  let config = byPolicy(pod, settings)
  const extra = pod.spec.dnsConfig
  if (extra !== undefined) {
    config = {
      nameservers: unique([...config.nameservers, ...(extra.nameservers ?? [])]),
      searches: unique([...config.searches, ...(extra.searches ?? [])]),
      options: mergeOptions(config.options, extra.options ?? []),
    }
  }
  return withinLimits(config)
}

/** The file's text. */
export function resolvConfText(config: ResolvConf): string {
  const lines: string[] = []
  if (config.searches.length > 0) lines.push(`search ${config.searches.join(' ')}`)
  for (const nameserver of config.nameservers) lines.push(`nameserver ${nameserver}`)
  if (config.options.length > 0) lines.push(`options ${config.options.join(' ')}`)
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function byPolicy(pod: Pod, settings: DnsSettings): ResolvConf {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst'
  if (policy === 'None') return { nameservers: [], searches: [], options: [] }
  const clusterFirst =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && pod.spec.hostNetwork !== true)
  if (!clusterFirst || settings.clusterDns.length === 0) return settings.node
  const zone = settings.clusterDomain
  const own = [`${pod.metadata.namespace ?? 'default'}.svc.${zone}`, `svc.${zone}`, zone]
  return {
    nameservers: settings.clusterDns,
    searches: unique([...own, ...settings.node.searches]),
    options: ['ndots:5'],
  }
}

function mergeOptions(
  base: readonly string[],
  own: readonly { readonly name?: string; readonly value?: string }[],
): readonly string[] {
  const byName = new Map<string, string>()
  for (const option of base) byName.set(option.split(':', 1)[0] ?? '', option)
  for (const { name = '', value } of own)
    byName.set(name, value === undefined || value === '' ? name : `${name}:${value}`)
  return [...byName.values()]
}

function withinLimits(config: ResolvConf): PodResolvConf {
  let searches = config.searches.slice(0, MAX_SEARCHES)
  while (searches.join(' ').length > MAX_SEARCH_CHARACTERS) searches = searches.slice(0, -1)
  const nameservers = config.nameservers.slice(0, MAX_NAMESERVERS)
  let warning: string | undefined
  if (searches.length < config.searches.length) {
    warning =
      'Search Line limits were exceeded, some search paths have been omitted, ' +
      `the applied search line is: ${searches.join(' ')}`
  }
  if (nameservers.length < config.nameservers.length) {
    warning =
      'Nameserver limits were exceeded, some nameservers have been omitted, ' +
      `the applied nameserver line is: ${nameservers.join(' ')}`
  }
  return { config: { nameservers, searches, options: config.options }, warning }
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)]
}
