// kube-proxy's configuration file, as kubeadm gives it to kube-proxy: a KubeProxyConfiguration, or the ConfigMap that holds it.
// Source: kubernetes pkg/proxy/apis/config/v1alpha1 and its conversion (v1.36): masqueradeAll stands with the mode, and the file counts
// for everything but the node's name. Parts that have no influence on rules are read over.

import { isRecord, type Manifest } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import type { KubeProxyOptions } from '@podwire/proxy'
import { parseManifests, readManifests } from '../sdk/manifests.ts'
import { DETECT_LOCAL_MODES, SCHEDULERS } from '../kube-proxy/flag-values.ts'
import { given } from './option-values.ts'

export interface KubeProxyConfig {
  readonly options: KubeProxyOptions
  readonly hostnameOverride: string | undefined
}

const GROUP = 'kubeproxy.config.k8s.io/'
const ACTION = 'read the configuration of kube-proxy'

/** Fields of v1alpha1 that rules do not depend on. */
const READ_OVER: ReadonlySet<string> = new Set([
  ...['apiVersion', 'kind', 'bindAddressHardFail', 'clientConnection', 'configSyncPeriod', 'enableProfiling'],
  ...['featureGates', 'healthzBindAddress', 'logging', 'metricsBindAddress', 'oomScoreAdj'],
  ...['showHiddenMetricsForVersion', 'udpIdleTimeout', 'windowsRunAsService', 'winkernel'],
])

/** @throws PodwireError naming the field that is unknown, of the wrong type, or not simulated */
export function readKubeProxyConfig(path: string): KubeProxyConfig {
  const file = new Section(configurationIn(readManifests(path), path), '')
  const iptables = file.section('iptables')
  const nftables = file.section('nftables')
  const detectLocal = file.section('detectLocal')
  const mode = file.choice('mode', ['', 'iptables', 'nftables', 'ipvs', 'userspace'])
  const masqueradeAll = { iptables: iptables.truth('masqueradeAll'), nftables: nftables.truth('masqueradeAll') }
  const nftablesBit = nftables.number('masqueradeBit') ?? 14
  if (nftablesBit !== 14) {
    throw new PodwireError(ACTION, `nftables.masqueradeBit ${nftablesBit} is not simulated`, 'Leave it at 14.')
  }
  const options = {
    proxyMode: mode === '' ? undefined : mode,
    bindAddress: file.text('bindAddress'),
    clusterCidr: file.text('clusterCIDR'),
    nodePortAddresses: file.texts('nodePortAddresses'),
    detectLocalMode: file.choice('detectLocalMode', [...DETECT_LOCAL_MODES, '']) || undefined,
    podBridgeInterface: detectLocal.text('bridgeInterface'),
    podInterfaceNamePrefix: detectLocal.text('interfaceNamePrefix'),
    conntrackTcpBeLiberal: file.section('conntrack').truth('tcpBeLiberal'),
    localhostNodePorts: iptables.truth('localhostNodePorts'),
    masqueradeBit: iptables.number('masqueradeBit'),
    ipvsScheduler: file.section('ipvs').choice('scheduler', [...SCHEDULERS, '']) || undefined,
    masqueradeAll: mode === 'nftables' ? masqueradeAll.nftables : masqueradeAll.iptables,
    proxyPortRange: file.text('portRange'),
  }
  const hostnameOverride = file.text('hostnameOverride')
  file.refuseUnknown(READ_OVER)
  return { options: given(options), hostnameOverride }
}

/** The KubeProxyConfiguration of a file, or of the ConfigMap there. */
function configurationIn(manifests: readonly Manifest[], path: string): Manifest {
  for (const manifest of manifests) {
    if (String(manifest['apiVersion']).startsWith(GROUP) && manifest['kind'] === 'KubeProxyConfiguration')
      return manifest
    const text: unknown = isRecord(manifest['data']) ? manifest['data']['config.conf'] : undefined
    if (typeof text === 'string') return configurationIn(parseManifests(text, `${path}, config.conf`), path)
  }
  throw new PodwireError(
    ACTION,
    `${path} has no KubeProxyConfiguration`,
    'Give the file of --config, or what kubectl get -n kube-system configmap kube-proxy -o yaml prints.',
  )
}

/** A struct of the file; asking for a field makes it known. */
class Section {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #known = new Set<string>()

  constructor(fields: Readonly<Record<string, unknown>>, path: string) {
    this.#fields = fields
    this.#path = path
  }

  section(name: string): Section {
    return new Section(this.#value(name, isRecord, 'an object') ?? {}, `${this.#path}${name}.`)
  }

  text(name: string): string | undefined {
    return this.#value(name, (value) => typeof value === 'string', 'a text') || undefined
  }

  texts(name: string): readonly string[] | undefined {
    const isTexts = (value: unknown): value is readonly string[] =>
      Array.isArray(value) && value.every((item) => typeof item === 'string')
    return this.#value(name, isTexts, 'a list of texts')
  }

  truth(name: string): boolean | undefined {
    return this.#value(name, (value) => typeof value === 'boolean', 'true or false')
  }

  number(name: string): number | undefined {
    return this.#value(name, (value) => typeof value === 'number', 'a number')
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const isChoice = (value: unknown): value is T => choices.some((choice) => choice === value)
    return this.#value(name, isChoice, `one of ${choices.filter((choice) => choice !== '').join(', ')}`)
  }

  refuseUnknown(readOver: ReadonlySet<string>): void {
    const unknown = Object.keys(this.#fields).find((name) => !this.#known.has(name) && !readOver.has(name))
    if (unknown === undefined) return
    throw new PodwireError(ACTION, `there is no field ${this.#path}${unknown}`, 'Look for a slip of the pen.')
  }

  #value<T>(name: string, is: (value: unknown) => value is T, what: string): T | undefined {
    this.#known.add(name)
    const value = this.#fields[name]
    if (value === undefined || value === null || is(value)) return value ?? undefined
    throw new PodwireError(ACTION, `${this.#path}${name} is ${JSON.stringify(value)}`, `It is ${what}.`)
  }
}
