// Takes a query name apart: `[endpoint | _port._protocol].service.namespace.svc|pod.zone`, read from the right.
// Source: CoreDNS plugin/kubernetes/parse.go.

import { labelsOf } from '../wire/index.ts'
import { serviceKeyOf } from './service-view.ts'

export interface ParsedName {
  /** Undefined at the apex and at `svc.` and `pod.` themselves, which exist and have no records. */
  readonly branch: 'svc' | 'pod' | undefined
  readonly namespace: string
  /** '' when the name stops at the namespace. For pods: the dashed address. */
  readonly service: string
  readonly endpoint: string
  /** Without the leading underscore, which may be missing. */
  readonly port: string
  readonly protocol: string
  /** `service.namespace` */
  readonly serviceKey: string
}

const APEX: ParsedName = {
  branch: undefined,
  namespace: '',
  service: '',
  endpoint: '',
  port: '',
  protocol: '',
  serviceKey: '',
}

interface Remembered {
  readonly zoneLength: number
  readonly parsed: ParsedName | undefined
}

/** Names parsed lately: the same ones are asked for again and again. A full table is emptied. */
const remembered = new Map<string, Remembered>()
const MOST_REMEMBERED = 4096

/** @param name lower case, in `zone`. Returns undefined when no name of this form exists. */
export function parseName(name: string, zone: string): ParsedName | undefined {
  const known = remembered.get(name)
  if (known?.zoneLength === zone.length) return known.parsed
  const parsed = parse(name, zone)
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  remembered.set(name, { zoneLength: zone.length, parsed })
  return parsed
}

function parse(name: string, zone: string): ParsedName | undefined {
  const base = name.length <= zone.length ? '' : name.slice(0, name.length - zone.length - (zone === '.' ? 0 : 1))
  if (base === '' || base === 'svc' || base === 'pod') return APEX
  const labels = labelsOf(base)
  const last = labels.length - 1
  const branch = labels[last]
  if (branch !== 'svc' && branch !== 'pod') return undefined
  if (last > 4) return undefined
  const two = last === 4
  const [namespace, service] = [labels[last - 1] ?? '', labels[last - 2] ?? '']
  return {
    branch,
    namespace,
    service,
    endpoint: last === 3 ? (labels[0] ?? '') : '',
    port: two ? withoutUnderscore(labels[0] ?? '') : '',
    protocol: two ? withoutUnderscore(labels[1] ?? '') : '',
    serviceKey: serviceKeyOf(service, namespace),
  }
}

function withoutUnderscore(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label
}
