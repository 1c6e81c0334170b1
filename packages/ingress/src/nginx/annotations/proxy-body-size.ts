// proxy-body-size: the largest request body, in nginx's notation (`8m`); more is answered 413. 0 is no limit.

import type { Annotation } from './annotation.ts'

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
])

export const proxyBodySize: Annotation = {
  name: 'proxy-body-size',
  read(text, rules) {
    const match = /^(\d+)([kmg]?)$/i.exec(text)
    if (match === null) return 'must be a size such as 8m'
    rules.maxBodyBytes = Number(match[1]) * (UNITS.get((match[2] ?? '').toLowerCase()) ?? 1)
    return undefined
  },
}
