// The `kubernetes` block of a Corefile. Options that only say how to reach the API server are refused by name: the simulated
// one is always this cluster's. Source: CoreDNS plugin/kubernetes/setup.go; messages are its.

import { parseLabelSelector, StatusError } from '@podwire/apiserver'
import { argumentError, notSimulated, parseError, zonesOf, type Directive } from '../../corefile/index.ts'
import type { ZoneOptions } from '../../records/index.ts'
import type { IndexSelection } from '../plugin.ts'

export interface KubernetesBlock {
  readonly options: ZoneOptions
  readonly selection: IndexSelection
}

const PLUGIN = 'kubernetes'
/** Tune the connection to the API server; no answer depends on them. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'resyncperiod',
  'startup_timeout',
  'apiserver_qps',
  'apiserver_burst',
  'apiserver_max_inflight',
])
const REFUSED: ReadonlySet<string> = new Set(['endpoint', 'tls', 'kubeconfig', 'multicluster', 'upstream', 'transfer'])

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
    throw parseError(directive.line, 'non-reverse zone name must be used', PLUGIN)
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
      if (args[0] !== 'empty_service')
        throw parseError(line, `unable to parse ignore value: '${args[0] ?? ''}'`, PLUGIN)
      draft.ignoreEmptyService = true
      return
  }
  if (WITHOUT_EFFECT.has(name)) return
  if (REFUSED.has(name)) throw notSimulated(`option ${name} of plugin kubernetes`)
  throw parseError(line, `unknown property '${name}'`, PLUGIN)
}

function selectorOf(option: Directive): string {
  const text = option.args.join(' ')
  try {
    parseLabelSelector(text)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    throw parseError(option.line, `unable to parse label selector value: '${text}': ${error.message}`, PLUGIN)
  }
  return text
}

function podMode(option: Directive): ZoneOptions['pods'] {
  const [mode, extra] = option.args
  if (mode === undefined || extra !== undefined) throw argumentError(option.line, extra ?? 'pods', PLUGIN)
  if (mode === 'disabled' || mode === 'insecure' || mode === 'verified') return mode
  const problem = `wrong value for pods: ${mode},  pods must be one of: disabled, verified, insecure`
  throw parseError(option.line, problem, PLUGIN)
}

function ttlOf(option: Directive): number {
  const [text] = option.args
  if (text === undefined) throw argumentError(option.line, 'ttl', PLUGIN)
  if (!/^[+-]?\d+$/.test(text)) {
    throw parseError(option.line, `strconv.Atoi: parsing "${text}": invalid syntax`, PLUGIN)
  }
  const ttl = Number(text)
  if (ttl < 0 || ttl > 3600) throw parseError(option.line, `ttl must be in range [0, 3600]: ${ttl}`, PLUGIN)
  return ttl
}
