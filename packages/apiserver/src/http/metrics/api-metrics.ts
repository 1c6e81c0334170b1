// Counts what the door does. Only requests about served resources and known paths are counted by name, so that no client can
// make the page grow. Source: apiserver endpoints/metrics/metrics.go (MonitorRequest, cleanVerb, CleanScope).

import { type Counter, type Histogram, MetricsRegistry, compareKeys, metricLabels } from '@podwire/engine'
import type { ResourceType } from '../../resources/resource-type.ts'
import type { ObjectCount } from '../request-handler.ts'
import { isTrue, type ResourceInfo } from '../request-info.ts'
import { versionDocument, type KubernetesVersion } from '../version.ts'
import { API_METRICS } from './families.ts'

/** One request, as far as it is counted by name. */
export interface CountedRequest {
  readonly info: ResourceInfo
  readonly query: URLSearchParams
  /** The media type of the body: apply patches are a verb of their own. */
  readonly contentType: string
}

interface Counted {
  readonly requests: Counter
  readonly sizes: Histogram | undefined
}

const VERBS: Readonly<Record<ResourceInfo['verb'], string>> = {
  create: 'POST',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
  get: 'GET',
  list: 'LIST',
  patch: 'PATCH',
  update: 'PUT',
  watch: 'WATCH',
  unknown: 'other',
}
const CONNECTS: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy'])
const REMOVED_RELEASE = /unavailable in v(\d+\.\d+)\+/

function verbOf({ info, contentType }: CountedRequest): string {
  if (CONNECTS.has(info.subresource)) return 'CONNECT'
  if (info.verb === 'patch' && contentType.startsWith('application/apply-patch')) return 'APPLY'
  return VERBS[info.verb]
}

function scopeOf({ name, namespace }: ResourceInfo): string {
  if (name !== '') return 'resource'
  return namespace === '' ? 'cluster' : 'namespace'
}

function labelsOf(request: CountedRequest): Record<string, string> {
  const { group, resource, subresource, version } = request.info
  return {
    component: 'apiserver',
    group,
    resource,
    scope: scopeOf(request.info),
    subresource,
    verb: verbOf(request),
    version,
  }
}

export class ApiMetrics {
  readonly #registry = new MetricsRegistry(API_METRICS)
  readonly #counted = new Map<string, Counted>()
  /** Who asks for much asks the same again and again. */
  #last:
    | {
        readonly info: ResourceInfo
        readonly code: number
        readonly contentType: string
        readonly counted: Counted
      }
    | undefined
  readonly #watchEvents = new Map<ResourceType, Counter>()
  readonly #longRunning = new Map<string, Counter>()

  constructor(version: KubernetesVersion) {
    const build = Object.entries(versionDocument(version)).filter(([name]) => !/^(emulation|minCompat)/.test(name))
    const labels = build.map(([name, value]): [string, string] => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      String(value),
    ])
    this.#registry.gauge('kubernetes_build_info', metricLabels(Object.fromEntries(labels.sort(compareKeys))), () => 1)
    this.#registry.gauge('process_resident_memory_bytes', '', () => process.memoryUsage.rss())
    this.#registry.gauge('process_cpu_seconds_total', '', () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    })
  }

  /** A request about a served resource was answered. @param bytes length of the answer's body; undefined for a stream */
  answered(request: CountedRequest, code: number, bytes: number | undefined): void {
    const counted = this.#countedOf(request, code)
    counted.requests.value++
    if (bytes !== undefined) counted.sizes?.observe(bytes)
  }

  #countedOf(request: CountedRequest, code: number): Counted {
    const { info, contentType } = request
    const last = this.#last
    // Lines that come again share what was read of them (request-line.ts), the query too.
    if (last?.info === info && last.code === code && last.contentType === contentType) return last.counted
    const dryRun = isTrue(request.query.get('dryRun') ?? 'false')
    const key =
      `${info.group}/${info.version}/${info.resource}/${info.subresource} ${verbOf(request)} ` +
      `${scopeOf(info)} ${dryRun} ${code}`
    let counted = this.#counted.get(key)
    if (counted === undefined) {
      counted = this.#count(request, code, dryRun)
      this.#counted.set(key, counted)
    }
    this.#last = { info, code, contentType, counted }
    return counted
  }

  #count(request: CountedRequest, code: number, dryRun: boolean): Counted {
    const labels = labelsOf(request)
    const { component, group, resource, scope, subresource, verb, version } = labels
    const ordered = { code: String(code), component, dry_run: dryRun ? 'All' : '' }
    const requests = this.#registry.counter(
      'apiserver_request_total',
      metricLabels({ ...ordered, group, resource, scope, subresource, verb, version } as Record<string, string>),
    )
    const reads = verb === 'GET' || verb === 'LIST'
    const sizes = reads ? this.#registry.histogram('apiserver_response_sizes', metricLabels(labels)) : undefined
    return { requests, sizes }
  }

  /** A watch or a stream began. Returns how to say that it ended. */
  longRunning(request: CountedRequest): () => void {
    const labels = metricLabels(labelsOf(request))
    let open = this.#longRunning.get(labels)
    if (open === undefined) {
      const counter = { value: 0 }
      open = counter
      this.#longRunning.set(labels, counter)
      this.#registry.gauge('apiserver_longrunning_requests', labels, () => counter.value)
    }
    const counter = open
    counter.value++
    return () => void counter.value--
  }

  /** What counts the events that watches of a type are sent. */
  watchEvents(type: ResourceType): { value: number } {
    let counter = this.#watchEvents.get(type)
    if (counter === undefined) {
      const { group, resource, version } = type
      counter = this.#registry.counter('apiserver_watch_events_total', metricLabels({ group, resource, version }))
      this.#watchEvents.set(type, counter)
    }
    return counter
  }

  watcherTerminated({ group, resource }: Pick<ResourceType, 'group' | 'resource'>): void {
    this.#registry.counter('apiserver_terminated_watchers_total', metricLabels({ group, resource })).value++
  }

  /** @param warning e.g. `extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+` */
  deprecated({ group, resource, subresource, version }: ResourceInfo, warning: string): void {
    const removed = REMOVED_RELEASE.exec(warning)?.[1] ?? ''
    const labels = metricLabels({ group, removed_release: removed, resource, subresource, version })
    this.#registry.gauge('apiserver_requested_deprecated_apis', labels, () => 1)
  }

  text(counts: readonly ObjectCount[]): string {
    for (const name of ['apiserver_resource_objects', 'apiserver_storage_objects']) this.#registry.clear(name)
    for (const { count, group, resource } of counts) {
      this.#registry.gauge('apiserver_resource_objects', metricLabels({ group, resource }), () => count)
      const qualified = group === '' ? resource : `${resource}.${group}`
      this.#registry.gauge('apiserver_storage_objects', metricLabels({ resource: qualified }), () => count)
    }
    return this.#registry.text()
  }
}
