// What `--service-cluster-ip-range` may be: one range, or one of each family, the primary one first.
// Source: kubernetes cmd/kube-apiserver/app/options/validation.go, and cmd/kubeadm/app/apis/kubeadm/validation for the sizes: 10
// addresses at least, 20 bits of host at most. Departure: kube-apiserver alone takes larger ranges by now (IPv6: up to /64).

import { PodwireError } from '@podwire/engine'
import { type Cidr, hasHostBits, formatCidr, parseCidr } from '../../validation/addresses.ts'

/** No range has more addresses than 2 to this power. */
export const SERVICE_HOST_BITS = 20
const LEAST_ADDRESSES = 10

const ACTION = 'use the service range'
const HINT = `Write e.g. '10.96.0.0/16', or '10.96.0.0/16,fd00:10:96::/112' for both families.`

/** @throws PodwireError saying which range is wrong, and how */
export function readServiceRanges(text: string): readonly Cidr[] {
  const ranges = text.split(',').map((entry) => readRange(entry.trim()))
  if (ranges.length > 2) throw wrong(`${text} has more than two ranges`)
  if (ranges.length === 2 && ranges[0]?.address.family === ranges[1]?.address.family) {
    throw wrong(
      `both ranges of ${text} are ${ranges[0]?.address.family ?? ''}; two ranges must be of different IP families`,
    )
  }
  return ranges
}

function readRange(text: string): Cidr {
  const range = parseCidr(text)
  if (range === undefined || range.address.sloppy || range.address.mapped) {
    throw wrong(`${text === '' ? 'an empty text' : text} is no CIDR`)
  }
  if (hasHostBits(range)) throw wrong(`${text} has host bits set; it should be ${formatCidr(range)}`)
  const width = range.address.bytes.length * 8
  if (width - range.prefix > SERVICE_HOST_BITS) {
    throw wrong(`${text} is too large; for ${width}-bit addresses, the mask must be >= ${width - SERVICE_HOST_BITS}`)
  }
  const addresses = 2 ** (width - range.prefix)
  if (addresses < LEAST_ADDRESSES) {
    throw wrong(`${text} has ${addresses} address(es) and is too small, the minimum is ${LEAST_ADDRESSES}`)
  }
  return range
}

function wrong(why: string): PodwireError {
  return new PodwireError(ACTION, why, HINT)
}
