// The order of API versions: v2 before v1 before v1beta1. Source: apimachinery util/version (CompareKubeAwareVersionStrings).

import { compareText } from '@podwire/engine'

/** GA first, then beta, alpha, each with the higher number first; others last, by name. */
export function compareVersions(a: string, b: string): number {
  const order = (version: string): readonly [number, number, number] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
    if (match === null) return [3, 0, 0]
    const stage = match[2] === undefined ? 0 : match[2] === 'beta' ? 1 : 2
    return [stage, -Number(match[1]), -Number(match[3] ?? 0)]
  }
  const [left, right] = [order(a), order(b)]
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2] || compareText(a, b)
}
