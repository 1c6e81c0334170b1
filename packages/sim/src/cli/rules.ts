// `podwire rules`: reads the objects, compiles, prints.

import { readFileSync } from 'node:fs'
import type { Manifest } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import type { DetectLocalMode, IpFamily, ProxyMode, Scheduler } from '@podwire/proxy'
import { parseManifests } from '../sdk/manifests.ts'
import { proxyRules, type RulesOptions } from '../sdk/rules.ts'

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
  readonly bindAddress?: string
  readonly clusterCidr?: string
  readonly conntrackTcpBeLiberal?: boolean
  readonly detectLocalMode?: DetectLocalMode
  readonly iptablesLocalhostNodeports?: boolean
  readonly iptablesMasqueradeBit?: number
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
  const {
    family,
    nfacct = false,
    kubernetesVersion,
    bindAddress,
    clusterCidr,
    conntrackTcpBeLiberal,
    detectLocalMode,
  } = flags
  const { ipvsScheduler, masqueradeAll, podBridgeInterface, podInterfaceNamePrefix, proxyPortRange } = flags
  const node = oneOf('--node', flags.node, '--hostname-override', flags.hostnameOverride)
  if (node === undefined) throw new PodwireError(ACTION, 'it is not said for which node', 'Give --node NAME.')
  return given({
    node,
    family,
    nfacct,
    kubernetesVersion,
    bindAddress,
    clusterCidr,
    conntrackTcpBeLiberal,
    detectLocalMode,
    ipvsScheduler,
    masqueradeAll,
    podBridgeInterface,
    podInterfaceNamePrefix,
    proxyPortRange,
    proxyMode: oneOf('--mode', flags.mode, '--proxy-mode', flags.proxyMode),
    localhostNodePorts: flags.iptablesLocalhostNodeports,
    masqueradeBit: flags.iptablesMasqueradeBit,
    nodePortAddresses: flags.nodeportAddresses,
    serviceCidrs: flags.serviceClusterIpRange,
    interfaceAddresses: flags.interfaceAddresses,
  })
}

const ACTION = 'print rules'

/** Two spellings of one option. */
function oneOf<T>(name: string, value: T | undefined, other: string, again: T | undefined): T | undefined {
  if (value === undefined || again === undefined || value === again) return value ?? again
  throw new PodwireError(ACTION, `${name} and ${other} say different things`, 'Give one of them.')
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the options nobody gave. */
function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>
}
