// KubeProxyConfiguration: what stands in the kube-proxy ConfigMap, and the flags it amounts to. The file's empty values and zero durations
// mean kube-proxy's defaults. Source: kubernetes pkg/proxy/apis/config (v1alpha1, types, defaults, validation), and the ConfigMap
// that kubeadm writes. What podwire cannot serve is refused in kube-proxy's log, never passed over.

import { formatDuration, parseDuration, PodwireError, type Duration, type Draft } from '@podwire/engine'
import type { KubeProxyOptions } from '@podwire/proxy'
import { yaml } from '../document/load-yaml.ts'
import { type Field, plainYaml } from './plain-yaml.ts'

const API_VERSION = 'kubeproxy.config.k8s.io/v1alpha1'

type Fields = Readonly<Record<string, unknown>>

/** Fields that change nothing here: they are about the process, its logs and its clients. */
const WITHOUT_EFFECT = new Set([
  'apiVersion',
  'kind',
  'bindAddressHardFail',
  'clientConnection',
  'configSyncPeriod',
  'enableProfiling',
  'featureGates',
  'healthzBindAddress',
  'hostnameOverride',
  'logging',
  'metricsBindAddress',
  'oomScoreAdj',
  'showHiddenMetricsForVersion',
  'winkernel',
  'windowsRunAsService',
])

/** The last one written: a process that makes many clusters gives most of them the same flags, and reads what it wrote. */
let written:
  { readonly flags: string; readonly text: string; readonly fields: Readonly<Record<string, Field>> } | undefined

/** The text kubeadm would put into the ConfigMap for these flags. */
export function kubeProxyConfiguration(options: KubeProxyOptions): string {
  const flags = JSON.stringify(options)
  if (written?.flags !== flags) {
    // A copy: who gave the flags may go on to change them.
    const fields = configurationOf(JSON.parse(flags) as KubeProxyOptions)
    written = { flags, text: plainYaml(fields), fields }
  }
  return written.text
}

function configurationOf(options: KubeProxyOptions): Readonly<Record<string, Field>> {
  const { proxyMode = 'iptables' } = options
  const minSyncPeriod = durationText(options.minSyncPeriod)
  const syncPeriod = durationText(options.syncPeriod)
  const periods = (mode: string): Readonly<Record<string, Field>> =>
    mode === proxyMode ? { minSyncPeriod, syncPeriod } : { minSyncPeriod: '0s', syncPeriod: '0s' }
  const masquerade = { masqueradeAll: options.masqueradeAll ?? false, masqueradeBit: options.masqueradeBit ?? null }
  return {
    apiVersion: API_VERSION,
    bindAddress: options.bindAddress ?? (options.ipFamilies?.[0] === 'ipv6' ? '::' : '0.0.0.0'),
    clientConnection: { kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf' },
    clusterCIDR: options.clusterCidr ?? '',
    configSyncPeriod: '0s',
    conntrack: {
      maxPerCore: options.conntrackMaxPerCore ?? null,
      min: options.conntrackMin ?? null,
      tcpBeLiberal: options.conntrackTcpBeLiberal ?? false,
      tcpCloseWaitTimeout: null,
      tcpEstablishedTimeout: null,
    },
    detectLocal: {
      bridgeInterface: options.podBridgeInterface ?? '',
      interfaceNamePrefix: options.podInterfaceNamePrefix ?? '',
    },
    detectLocalMode: options.detectLocalMode ?? '',
    enableProfiling: false,
    healthzBindAddress: '',
    hostnameOverride: '',
    iptables: { localhostNodePorts: options.localhostNodePorts ?? null, ...masquerade, ...periods('iptables') },
    ipvs: {
      excludeCIDRs: options.ipvsExcludeCidrs ?? null,
      scheduler: options.ipvsScheduler ?? '',
      strictARP: false,
      tcpFinTimeout: durationText(options.ipvsTcpFinTimeout),
      tcpTimeout: durationText(options.ipvsTcpTimeout),
      udpTimeout: durationText(options.ipvsUdpTimeout),
      ...periods('ipvs'),
    },
    kind: 'KubeProxyConfiguration',
    metricsBindAddress: '',
    mode: options.proxyMode ?? '',
    nftables: { ...masquerade, ...periods('nftables') },
    nodePortAddresses: options.nodePortAddresses ?? null,
    portRange: options.proxyPortRange ?? '',
    udpIdleTimeout: durationText(options.udpTimeout),
  }
}

/** Nothing said is no time. */
function durationText(duration: Duration | undefined): string {
  return formatDuration(duration === undefined ? 0 : parseDuration(duration))
}

/** The kube-proxy of every node reads the same file: the last one read stays known. */
let lastRead: { readonly text: string; readonly options: KubeProxyOptions } | undefined

/** @throws PodwireError saying which field cannot be read or served */
export function readKubeProxyConfiguration(text: string): KubeProxyOptions {
  if (lastRead?.text !== text) lastRead = { text, options: Object.freeze(optionsOf(text)) }
  return lastRead.options
}

function optionsOf(text: string): KubeProxyOptions {
  const read = text === written?.text ? written.fields : parsed(text)
  if (!isFields(read)) throw wrong('it is no object')
  if (read['apiVersion'] !== API_VERSION || read['kind'] !== 'KubeProxyConfiguration') {
    throw wrong(`no kind "${String(read['kind'])}" is registered for version "${String(read['apiVersion'])}"`)
  }
  return new ConfigurationReader(read).options()
}

function parsed(text: string): unknown {
  try {
    return yaml().parse(text)
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
}

class ConfigurationReader {
  readonly #fields: Fields
  readonly #options: Draft<KubeProxyOptions> = {}

  constructor(fields: Fields) {
    this.#fields = fields
  }

  options(): KubeProxyOptions {
    const mode = this.#text('mode')
    if (mode !== undefined) {
      if (mode !== 'iptables' && mode !== 'ipvs' && mode !== 'nftables' && mode !== 'userspace') {
        throw wrong(`mode: Invalid value: "${mode}": must be iptables, ipvs, nftables or userspace`)
      }
      this.#options.proxyMode = mode
    }
    this.#network()
    this.#modeSection(mode ?? 'iptables')
    this.#ipvs()
    this.#conntrack()
    const known = [
      'mode',
      'clusterCIDR',
      'bindAddress',
      'detectLocal',
      'detectLocalMode',
      'iptables',
      'ipvs',
      'nftables',
    ]
    const more = ['conntrack', 'nodePortAddresses', 'portRange', 'udpIdleTimeout']
    for (const name of Object.keys(this.#fields)) {
      if (!known.includes(name) && !more.includes(name) && !WITHOUT_EFFECT.has(name)) {
        throw wrong(`unknown field "${name}"`)
      }
    }
    return this.#options
  }

  #network(): void {
    const options = this.#options
    const clusterCidr = this.#text('clusterCIDR')
    const bindAddress = this.#text('bindAddress')
    const proxyPortRange = this.#text('portRange')
    const udpTimeout = duration(this.#fields['udpIdleTimeout'], 'udpIdleTimeout')
    const nodePortAddresses = texts(this.#fields['nodePortAddresses'], 'nodePortAddresses')
    if (clusterCidr !== undefined) options.clusterCidr = clusterCidr
    if (bindAddress !== undefined && bindAddress !== '0.0.0.0' && bindAddress !== '::')
      options.bindAddress = bindAddress
    if (proxyPortRange !== undefined) options.proxyPortRange = proxyPortRange
    if (udpTimeout !== undefined) options.udpTimeout = udpTimeout
    if (nodePortAddresses !== undefined) options.nodePortAddresses = nodePortAddresses
    this.#detection()
  }

  #detection(): void {
    const options = this.#options
    const mode = this.#text('detectLocalMode')
    if (mode !== undefined) {
      if (
        mode !== 'ClusterCIDR' &&
        mode !== 'NodeCIDR' &&
        mode !== 'BridgeInterface' &&
        mode !== 'InterfaceNamePrefix'
      ) {
        throw wrong(`detectLocalMode: Unsupported value: "${mode}"`)
      }
      options.detectLocalMode = mode
    }
    const { bridgeInterface, interfaceNamePrefix } = this.#section('detectLocal')
    if (typeof bridgeInterface === 'string' && bridgeInterface !== '') options.podBridgeInterface = bridgeInterface
    if (typeof interfaceNamePrefix === 'string' && interfaceNamePrefix !== '') {
      options.podInterfaceNamePrefix = interfaceNamePrefix
    }
  }

  /** Periods stand with the mode they are of; masquerading with iptables for all but nftables. */
  #modeSection(mode: string): void {
    const options = this.#options
    const own = this.#section(mode === 'userspace' ? 'iptables' : mode)
    const minSyncPeriod = duration(own['minSyncPeriod'], `${mode}.minSyncPeriod`)
    const syncPeriod = duration(own['syncPeriod'], `${mode}.syncPeriod`)
    if (minSyncPeriod !== undefined) options.minSyncPeriod = minSyncPeriod
    if (syncPeriod !== undefined) options.syncPeriod = syncPeriod
    const { masqueradeAll, masqueradeBit, localhostNodePorts } = this.#section(mode === 'nftables' ? mode : 'iptables')
    if (masqueradeAll === true) options.masqueradeAll = true
    if (typeof masqueradeBit === 'number') options.masqueradeBit = masqueradeBit
    if (typeof localhostNodePorts === 'boolean') options.localhostNodePorts = localhostNodePorts
  }

  #ipvs(): void {
    const options = this.#options
    const ipvs = this.#section('ipvs')
    const scheduler = ipvs['scheduler']
    const excluded = texts(ipvs['excludeCIDRs'], 'ipvs.excludeCIDRs')
    const tcp = duration(ipvs['tcpTimeout'], 'ipvs.tcpTimeout')
    const tcpFin = duration(ipvs['tcpFinTimeout'], 'ipvs.tcpFinTimeout')
    const udp = duration(ipvs['udpTimeout'], 'ipvs.udpTimeout')
    // Which schedulers there are is for kube-proxy to say.
    if (typeof scheduler === 'string' && scheduler !== '') {
      options.ipvsScheduler = scheduler as NonNullable<KubeProxyOptions['ipvsScheduler']>
    }
    if (excluded !== undefined) options.ipvsExcludeCidrs = excluded
    if (tcp !== undefined) options.ipvsTcpTimeout = tcp
    if (tcpFin !== undefined) options.ipvsTcpFinTimeout = tcpFin
    if (udp !== undefined) options.ipvsUdpTimeout = udp
  }

  #conntrack(): void {
    const { tcpBeLiberal, maxPerCore, min, ...rest } = this.#section('conntrack')
    if (typeof maxPerCore === 'number') this.#options.conntrackMaxPerCore = maxPerCore
    if (typeof min === 'number') this.#options.conntrackMin = min
    if (tcpBeLiberal === true) this.#options.conntrackTcpBeLiberal = true
    for (const [name, value] of Object.entries(rest)) {
      if (value !== null && value !== 0 && value !== '0s') throw wrong(`conntrack.${name} is not simulated`)
    }
  }

  #text(name: string): string | undefined {
    const value = this.#fields[name]
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value !== 'string') throw wrong(`${name}: expected a text`)
    return value
  }

  #section(name: string): Fields {
    const value = this.#fields[name]
    if (value === undefined || value === null) return {}
    if (!isFields(value)) throw wrong(`${name}: expected an object`)
    return value
  }
}

function duration(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null || value === '0s' || value === '') return undefined
  if (typeof value !== 'string') throw wrong(`${name}: expected a duration`)
  return value
}

function texts(value: unknown, name: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string'))
    throw wrong(`${name}: expected a list of texts`)
  return value.length === 0 ? undefined : value.map(String)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(why: string): PodwireError {
  return new PodwireError('read the kube-proxy configuration', why)
}
