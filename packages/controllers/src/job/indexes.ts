// Completion indexes as a Job's status and its success policy write them: `1,3-5`. Pure. Source: kubernetes pkg/controller/job/indexed_job_utils.go.

import type { Pod } from '@podwire/apiserver'

export const INDEX_KEY = 'batch.kubernetes.io/job-completion-index'

/** @param completions indexes from here on are left out */
export function parseIndexes(text: string | undefined, completions = Infinity): ReadonlySet<number> {
  const indexes = new Set<number>()
  if (text === undefined || text === '') return indexes
  for (const range of text.split(',')) {
    const [first, last = first] = range.split('-').map(Number)
    if (first === undefined || last === undefined) continue
    for (let index = first; index <= last && index < completions; index++) indexes.add(index)
  }
  return indexes
}

/** Two neighbours are written `1,2`, three or more `1-3`. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b)
  const ranges: string[] = []
  for (let from = 0; from < sorted.length;) {
    let to = from
    while (sorted[to + 1] === (sorted[to] ?? 0) + 1) to++
    if (to - from === 1) ranges.push(`${sorted[from]}`, `${sorted[to]}`)
    else ranges.push(to === from ? `${sorted[from]}` : `${sorted[from]}-${sorted[to]}`)
    from = to + 1
  }
  return ranges.join(',')
}

/** The pod's completion index; undefined when it has none. */
export function completionIndex(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX_KEY]
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** The lowest `count` indexes below `completions` that nobody works on or has finished. */
export function freeIndexes(
  count: number,
  completions: number,
  isTaken: (index: number) => boolean,
): readonly number[] {
  const free: number[] = []
  for (let index = 0; index < completions && free.length < count; index++) if (!isTaken(index)) free.push(index)
  return free
}
