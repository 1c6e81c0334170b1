// Where MetalLB's processes read their configuration, and when it changes: a ConfigMap or custom resources of their namespace.
// A configuration that is wrong is logged and the one before stays.
// Source: metallb internal/k8s (ConfigMap), internal/k8s/controllers/config_controller.go (custom resources).

import {
  configMaps,
  customResourceDefinitions,
  type InformerFactory,
  isYamlError,
  type KubeObject,
  type ResourceType,
} from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { customTypeOf } from '../manager/custom-types.ts'
import { type Configuration, NO_CONFIGURATION } from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'
import { readConfigText } from './config-map.ts'
import {
  type BGPAdvertisement,
  bgpAdvertisements,
  type BGPPeer,
  bgpPeers,
  type IPAddressPool,
  ipAddressPools,
  type L2Advertisement,
  l2Advertisements,
  readObjects,
} from './custom-resources.ts'
import { type MetalLbRelease, usesConfigMap } from './release.ts'

export interface ConfigurationSourceOptions {
  readonly informers: InformerFactory
  /** `metallb-system` */
  readonly namespace: string
  /** The ConfigMap's name, of old releases. */
  readonly configMap: string
  readonly release: MetalLbRelease
  readonly onChange: (configuration: Configuration) => void
  /** One line a problem. */
  readonly log: (line: string) => void
}

export function watchConfiguration(options: ConfigurationSourceOptions): void {
  if (usesConfigMap(options.release)) watchConfigMap(options)
  else watchObjects(options)
}

function watchConfigMap({ informers, namespace, configMap, onChange, log }: ConfigurationSourceOptions): void {
  informers.informer(configMaps).onChange(({ type, object }) => {
    if (object.metadata.namespace !== namespace || object.metadata.name !== configMap) return
    if (type === 'deleted') {
      log('configuration is missing, MetalLB will not function')
      return
    }
    try {
      onChange(readConfigText(object.data?.['config'] ?? ''))
    } catch (error) {
      log(`failed to parse the configuration: ${problemOf(error)}`)
    }
  })
}

class ConfigurationObjectsView {
  readonly pools = new Map<string, IPAddressPool>()
  readonly l2 = new Map<string, L2Advertisement>()
  readonly bgp = new Map<string, BGPAdvertisement>()
  readonly peers = new Map<string, BGPPeer>()

  read(): Configuration {
    const sorted = <T>(objects: ReadonlyMap<string, T>): readonly T[] =>
      [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
    return readObjects({
      pools: sorted(this.pools),
      l2Advertisements: sorted(this.l2),
      bgpAdvertisements: sorted(this.bgp),
      bgpPeers: sorted(this.peers),
    })
  }
}

function watchObjects({ informers, namespace, onChange, log }: ConfigurationSourceOptions): void {
  const view = new ConfigurationObjectsView()
  const refresh = (): void => {
    try {
      onChange(view.read())
    } catch (error) {
      log(`failed to parse the configuration: ${problemOf(error)}`)
    }
  }
  const watch = <T extends KubeObject>(type: ResourceType<T>, known: Map<string, T>): void =>
    informers.informer(type).onChange(({ type: change, object }) => {
      if (object.metadata.namespace !== namespace) return
      if (change === 'deleted') known.delete(object.metadata.name)
      else known.set(object.metadata.name, object)
      refresh()
    })
  const kinds = new Map<string, () => void>([
    ['IPAddressPool', () => watch(ipAddressPools, view.pools)],
    ['L2Advertisement', () => watch(l2Advertisements, view.l2)],
    ['BGPAdvertisement', () => watch(bgpAdvertisements, view.bgp)],
    ['BGPPeer', () => watch(bgpPeers, view.peers)],
  ])
  onChange(NO_CONFIGURATION)
  informers.informer(customResourceDefinitions).onChange(({ object }) => {
    if (object.spec.group !== 'metallb.io' || customTypeOf(object) === undefined) return
    const start = kinds.get(object.spec.names.kind)
    kinds.delete(object.spec.names.kind)
    start?.()
  })
}

/** A text that is no YAML is the user's mistake as well. */
function problemOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof PodwireError || isYamlError(error)) return error.message
  throw error
}
