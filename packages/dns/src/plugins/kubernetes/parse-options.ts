// The `kubernetes` block of a Corefile. Options that only say how to reach the API server are refused by name: the simulated
// one is always this cluster's. Source: CoreDNS plugin/kubernetes/setup.go; messages are its.

import { parseLabelSelector, StatusError } from '@podwire/apiserver'
import { argumentError, notSimulated, parseError, pluginError, zonesOf, type Directive } from '../../corefile/index.ts'
import type { ZoneOptions } from '../../records/index.ts'
import { durationProblem, goDuration } from '../go-duration.ts'
import type { IndexSelection } from '../plugin.ts'

export interface KubernetesBlock {
  readonly options: ZoneOptions
  readonly selection: IndexSelection
}

const PLUGIN = 'kubernetes'
/** How to reach an API server, which is always this cluster's own; and zones of other clusters. */
const REFUSED: ReadonlySet<string> = new Set(['endpoint', 'tls', 'kubeconfig', 'multicluster'])

interface Draft {
  zones: readonly string[]
  ttl: number
  pods: ZoneOptions['pods']
  namespaces: Set<string>
  endpointPodNames: boolean
  ignoreEmptyService: boolean
  fallthrough: readonly string[]
  labels: string
  namespaceLabels: string
  endpoints: boolean
}

/** @param blockZones the server block's zones, used when the directive names none */
export function parseKubernetes(directive: Directive, blockZones: readonly string[]): KubernetesBlock {
  const draft: Draft = {
    zones: directive.args.length === 0 ? blockZones : directive.args.flatMap(zonesOf),
    ttl: 5,
    pods: 'disabled',
    namespaces: new Set(),
    endpointPodNames: false,
    ignoreEmptyService: false,
    fallthrough: [],
    labels: '',
    namespaceLabels: '',
    endpoints: true,
  }
  for (const option of directive.body ?? []) readOption(draft, option)
  if (draft.namespaces.size > 0 && draft.namespaceLabels !== '') {
    throw parseError(directive.line, 'namespaces and namespace_labels cannot both be set', PLUGIN)
  }
  if (draft.zones.every((zone) => zone.endsWith('.arpa.'))) {
    throw pluginError(PLUGIN, 'non-reverse zone name must be used')
  }
  const { labels, namespaceLabels, endpoints, ...options } = draft
  return { options, selection: { labels, namespaceLabels, endpoints, pods: options.pods === 'verified' } }
}

function readOption(draft: Draft, option: Directive): void {
  const { name, args, line } = option
  switch (name) {
    case 'pods':
      draft.pods = podMode(option)
      return
    case 'ttl':
      draft.ttl = ttlOf(option)
      return
    case 'namespaces':
      if (args.length === 0) throw argumentError(line, name, PLUGIN)
      for (const namespace of args) draft.namespaces.add(namespace)
      return
    case 'labels':
    case 'namespace_labels':
      if (args.length === 0) throw argumentError(line, name, PLUGIN)
      draft[name === 'labels' ? 'labels' : 'namespaceLabels'] = selectorOf(option)
      return
    case 'fallthrough':
      draft.fallthrough = args.length === 0 ? ['.'] : args.flatMap(zonesOf)
      return
    case 'endpoint_pod_names':
      if (args.length > 0) throw argumentError(line, args[0] ?? name, PLUGIN)
      draft.endpointPodNames = true
      return
    case 'noendpoints':
      if (args.length > 0) throw argumentError(line, args[0] ?? name, PLUGIN)
      draft.endpoints = false
      return
    case 'ignore':
      if (args[0] === undefined) return
      if (args[0] !== 'empty_service') throw pluginError(PLUGIN, `unable to parse ignore value: '${args[0]}'`)
      draft.ignoreEmptyService = true
      return
  }
  if (readTuning(option)) return
  if (REFUSED.has(name)) throw notSimulated(`option ${name} of plugin kubernetes`)
  throw parseError(line, `unknown property '${name}'`, PLUGIN)
}

/** Options that tune the connection to the API server: read and checked, and no answer depends on them. */
function readTuning({ name, args, line }: Directive): boolean {
  const [text = ''] = args
  switch (name) {
    case 'startup_timeout':
      if (args.length === 0) throw argumentError(line, name, PLUGIN)
      if (goDuration(text) !== undefined) return true
      throw pluginError(PLUGIN, `failed to parse startup_timeout: ${text}, ${durationProblem(text)}`)
    case 'apiserver_qps':
    case 'apiserver_burst':
    case 'apiserver_max_inflight': {
      if (args.length !== 1) throw argumentError(line, args.at(-1) ?? name, PLUGIN)
      const [form, parser] = name === 'apiserver_qps' ? [/^-?\d+(\.\d+)?$/, 'ParseFloat'] : [/^-?\d+$/, 'Atoi']
      if (!form.test(text)) {
        const reason = `strconv.${parser}: parsing "${text}": invalid syntax`
        throw parseError(line, `invalid ${name} "${text}": ${reason}`, PLUGIN)
      }
      if (text.startsWith('-')) throw parseError(line, `${name} must be >= 0`, PLUGIN)
      return true
    }
    default:
      return false
  }
}

function selectorOf(option: Directive): string {
  const text = option.args.join(' ')
  try {
    parseLabelSelector(text)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const what = option.name === 'labels' ? 'label selector' : 'namespace_label selector'
    throw pluginError(PLUGIN, `unable to parse ${what} value: '${text}': ${error.message}`)
  }
  return text
}

function podMode(option: Directive): ZoneOptions['pods'] {
  const [mode, extra] = option.args
  if (mode === undefined || extra !== undefined) throw argumentError(option.line, extra ?? 'pods', PLUGIN)
  if (mode === 'disabled' || mode === 'insecure' || mode === 'verified') return mode
  throw pluginError(PLUGIN, `wrong value for pods: ${mode},  must be one of: disabled, verified, insecure`)
}

function ttlOf(option: Directive): number {
  const [text] = option.args
  if (text === undefined) throw argumentError(option.line, 'ttl', PLUGIN)
  if (!/^[+-]?\d+$/.test(text)) {
    throw pluginError(PLUGIN, `strconv.Atoi: parsing "${text}": invalid syntax`)
  }
  const ttl = Number(text)
  if (ttl < 0 || ttl > 3600) throw parseError(option.line, `ttl must be in range [0, 3600]: ${ttl}`, PLUGIN)
  return ttl
}
