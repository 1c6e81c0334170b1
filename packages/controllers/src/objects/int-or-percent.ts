// IntOrString amounts such as maxSurge: a number, or a percentage of a total.
// Source: apimachinery util/intstr GetScaledValueFromIntOrPercent.

export function scaledAmount(value: number | string | undefined, total: number, rounding: 'up' | 'down'): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)?.[1]
  // The API server admits nothing else; a value it did not check counts as nothing.
  if (percent === undefined) return 0
  const exact = (Number(percent) * total) / 100
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact)
}
