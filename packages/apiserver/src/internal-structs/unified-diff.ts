// A unified diff of two texts in lines, without file names: hunks with three lines of context.

import { matchingBlocks } from './matching-blocks.ts'

const CONTEXT = 3

interface Change {
  readonly equal: boolean
  readonly beforeFrom: number
  readonly beforeTo: number
  readonly afterFrom: number
  readonly afterTo: number
}

/** @returns hunks, each line ending in a line break; empty when nothing differs */
export function unifiedDiff(before: readonly string[], after: readonly string[]): string {
  return hunksOf(changesOf(before, after))
    .map((hunk) => printHunk(hunk, before, after))
    .join('')
}

function changesOf(before: readonly string[], after: readonly string[]): readonly Change[] {
  const changes: Change[] = []
  let i = 0
  let j = 0
  for (const block of matchingBlocks(before, after)) {
    if (i < block.before || j < block.after) {
      changes.push({ equal: false, beforeFrom: i, beforeTo: block.before, afterFrom: j, afterTo: block.after })
    }
    i = block.before + block.size
    j = block.after + block.size
    if (block.size === 0) continue
    changes.push({ equal: true, beforeFrom: block.before, beforeTo: i, afterFrom: block.after, afterTo: j })
  }
  return changes
}

function hunksOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const hunks: Change[][] = []
  let hunk: Change[] = []
  for (const [index, change] of changes.entries()) {
    if (!change.equal) {
      hunk.push(change)
      continue
    }
    const isFirst = index === 0
    const isLast = index === changes.length - 1
    const length = change.beforeTo - change.beforeFrom
    if (!isFirst && !isLast && length <= 2 * CONTEXT) {
      hunk.push(change)
      continue
    }
    if (!isFirst) {
      hunk.push(firstLines(change))
      hunks.push(hunk)
      hunk = []
    }
    if (!isLast) hunk.push(lastLines(change))
  }
  if (hunk.some(({ equal }) => !equal)) hunks.push(hunk)
  return hunks
}

function firstLines(change: Change): Change {
  return {
    ...change,
    beforeTo: Math.min(change.beforeTo, change.beforeFrom + CONTEXT),
    afterTo: Math.min(change.afterTo, change.afterFrom + CONTEXT),
  }
}

function lastLines(change: Change): Change {
  return {
    ...change,
    beforeFrom: Math.max(change.beforeFrom, change.beforeTo - CONTEXT),
    afterFrom: Math.max(change.afterFrom, change.afterTo - CONTEXT),
  }
}

function printHunk(hunk: readonly Change[], before: readonly string[], after: readonly string[]): string {
  const first = hunk[0]
  const last = hunk.at(-1)
  if (first === undefined || last === undefined) return ''
  const lines = [`@@ -${range(first.beforeFrom, last.beforeTo)} +${range(first.afterFrom, last.afterTo)} @@`]
  for (const { equal, beforeFrom, beforeTo, afterFrom, afterTo } of hunk) {
    for (const line of before.slice(beforeFrom, beforeTo)) lines.push(`${equal ? ' ' : '-'}${line}`)
    if (!equal) for (const line of after.slice(afterFrom, afterTo)) lines.push(`+${line}`)
  }
  return `${lines.join('\n')}\n`
}

/** Lines count from one; an empty range begins at the line before it. */
function range(from: number, to: number): string {
  const length = to - from
  if (length === 1) return `${from + 1}`
  return `${length === 0 ? from : from + 1},${length}`
}
