// What makes two Services able to share an address: the same sharing key, ports that do not meet, and either both of them spread
// over all nodes or the same pods behind both.
// Source: metallb internal/allocator (checkSharing, sharingOK), internal/allocator/k8salloc.

import type { Service } from '@podwire/apiserver'
import { compareText } from '@podwire/engine'
import { formatAddress, type Address } from './address-range.ts'

export interface SharingTerms {
  /** `NAMESPACE/NAME` */
  readonly service: string
  readonly sharingKey: string
  readonly backendKey: string
  /** `TCP/80` */
  readonly ports: readonly string[]
}

export function sharingTerms(service: Service, sharingKey: string): SharingTerms {
  const { namespace = '', name } = service.metadata
  return {
    service: `${namespace}/${name}`,
    sharingKey,
    backendKey: backendKey(service),
    ports: (service.spec.ports ?? []).map(({ protocol = 'TCP', port }) => `${protocol}/${port}`),
  }
}

/** Traffic that stays on the node reaches only the pods behind the Service it came for. */
function backendKey({ spec }: Service): string {
  if (spec.externalTrafficPolicy !== 'Local') return ''
  const selector = Object.entries(spec.selector ?? {}).map(([key, value]) => `${key}=${value}`)
  return selector.toSorted(compareText).join(',')
}

/** Why the address cannot be used on these terms; undefined: it can. @param users who has it now */
export function sharingProblem(
  address: Address,
  wanted: SharingTerms,
  users: readonly SharingTerms[],
): string | undefined {
  const others = users.filter(({ service }) => service !== wanted.service)
  const [first] = others
  if (first === undefined) return undefined
  const fits =
    first.sharingKey !== '' && first.sharingKey === wanted.sharingKey && first.backendKey === wanted.backendKey
  if (!fits) {
    const names = others.map(({ service }) => service).join(',')
    return `can't change sharing key for ${JSON.stringify(wanted.service)}, address also in use by ${names}`
  }
  for (const port of wanted.ports) {
    if (!others.some(({ ports }) => ports.includes(port))) continue
    return `port ${port} is already in use on ${JSON.stringify(formatAddress(address))}`
  }
  return undefined
}
