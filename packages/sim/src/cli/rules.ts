// `podwire rules`: reads the objects, compiles, prints.

import { readFileSync } from 'node:fs'
import type { Manifest } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import type { DetectLocalMode, IpFamily, ProxyMode, Scheduler } from '@podwire/proxy'
import { parseManifests } from '../sdk/manifests.ts'
import { proxyRules, type RulesOptions } from '../sdk/rules.ts'
import { readKubeProxyConfig } from './kube-proxy-config.ts'
import { given } from './option-values.ts'

/** The command line as commander reads it. */
export interface RulesFlags {
  readonly filename: readonly string[]
  readonly then?: readonly string[]
  readonly node?: string
  readonly hostnameOverride?: string
  readonly mode?: ProxyMode
  readonly proxyMode?: ProxyMode
  readonly family?: IpFamily
  readonly nfacct?: boolean
  readonly serviceClusterIpRange?: readonly string[]
  readonly interfaceAddresses?: readonly string[]
  readonly kubernetesVersion?: string
  readonly config?: string
  readonly bindAddress?: string
  readonly clusterCidr?: string
  readonly conntrackTcpBeLiberal?: boolean
  readonly detectLocalMode?: DetectLocalMode
  readonly iptablesLocalhostNodeports?: boolean
  readonly iptablesMasqueradeBit?: number
  readonly ipvsExcludeCidrs?: readonly string[]
  readonly ipvsScheduler?: Scheduler
  readonly masqueradeAll?: boolean
  readonly nodeportAddresses?: readonly string[]
  readonly podBridgeInterface?: string
  readonly podInterfaceNamePrefix?: string
  readonly proxyPortRange?: string
}

export function runRules(flags: RulesFlags): Promise<number> {
  const states = [flags.filename, ...(flags.then ?? []).map((path) => [path])].map((paths) => paths.flatMap(sourceOf))
  const onNote = (note: string): void => void process.stderr.write(`note: ${note}\n`)
  process.stdout.write(proxyRules(states, { ...optionsOf(flags), onNote }))
  return Promise.resolve(0)
}

/** `-` is standard input. */
function sourceOf(path: string): readonly (string | Manifest)[] {
  return path === '-' ? parseManifests(readFileSync(0, 'utf8'), 'standard input') : [path]
}

function optionsOf(flags: RulesFlags): RulesOptions {
  const config = flags.config === undefined ? undefined : readKubeProxyConfig(flags.config)
  const own = given({
    bindAddress: flags.bindAddress,
    clusterCidr: flags.clusterCidr,
    conntrackTcpBeLiberal: flags.conntrackTcpBeLiberal,
    detectLocalMode: flags.detectLocalMode,
    ipvsExcludeCidrs: flags.ipvsExcludeCidrs,
    ipvsScheduler: flags.ipvsScheduler,
    localhostNodePorts: flags.iptablesLocalhostNodeports,
    masqueradeAll: flags.masqueradeAll,
    masqueradeBit: flags.iptablesMasqueradeBit,
    nodePortAddresses: flags.nodeportAddresses,
    podBridgeInterface: flags.podBridgeInterface,
    podInterfaceNamePrefix: flags.podInterfaceNamePrefix,
    proxyPortRange: flags.proxyPortRange,
  })
  const [twice] = Object.keys(own)
  if (config !== undefined && twice !== undefined) {
    throw new PodwireError(
      ACTION,
      `there are --config and a flag for ${twice}`,
      'kube-proxy reads the file alone: give one.',
    )
  }
  const override = flags.hostnameOverride ?? config?.hostnameOverride
  const node = oneOf(
    '--node',
    flags.node,
    '--hostname-override',
    flags.node === undefined ? override : flags.hostnameOverride,
  )
  if (node === undefined) throw new PodwireError(ACTION, 'it is not said for which node', 'Give --node NAME.')
  const more = given({
    family: flags.family,
    kubernetesVersion: flags.kubernetesVersion,
    proxyMode: oneOf('--mode', flags.mode, '--proxy-mode', flags.proxyMode),
    serviceCidrs: flags.serviceClusterIpRange,
    interfaceAddresses: flags.interfaceAddresses,
  })
  return { ...config?.options, ...own, ...more, node, nfacct: flags.nfacct ?? false }
}

const ACTION = 'print rules'

/** Two spellings of one option. */
function oneOf<T>(name: string, value: T | undefined, other: string, again: T | undefined): T | undefined {
  if (value === undefined || again === undefined || value === again) return value ?? again
  throw new PodwireError(ACTION, `${name} and ${other} say different things`, 'Give one of them.')
}
