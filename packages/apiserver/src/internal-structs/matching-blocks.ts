// Longest common runs of two lists of lines, found as Ratcliff and Obershelp's method finds them: the longest run first, then left and
// right of it. Lines that come often are no anchors, only neighbours of one. Source: the behaviour of Python's difflib and its Go port.

export interface Block {
  readonly before: number
  readonly after: number
  readonly size: number
}

/** In order; the last is empty and stands at both ends. */
export function matchingBlocks(before: readonly string[], after: readonly string[]): readonly Block[] {
  const anchors = anchorsOf(after)
  const found: Block[] = []
  const search = (beforeFrom: number, beforeTo: number, afterFrom: number, afterTo: number): void => {
    const longest = longestRun({ before, after, anchors, beforeFrom, beforeTo, afterFrom, afterTo })
    if (longest.size === 0) return
    search(beforeFrom, longest.before, afterFrom, longest.after)
    found.push(longest)
    search(longest.before + longest.size, beforeTo, longest.after + longest.size, afterTo)
  }
  search(0, before.length, 0, after.length)
  return [...joined(found), { before: before.length, after: after.length, size: 0 }]
}

// A list this long has lines too common to start a match from.
const MANY = 200

function anchorsOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>()
  for (const [index, line] of lines.entries()) {
    const known = places.get(line)
    if (known === undefined) places.set(line, [index])
    else known.push(index)
  }
  if (lines.length < MANY) return places
  const most = Math.floor(lines.length / 100) + 1
  for (const [line, indices] of places) if (indices.length > most) places.delete(line)
  return places
}

interface Search {
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly anchors: ReadonlyMap<string, readonly number[]>
  readonly beforeFrom: number
  readonly beforeTo: number
  readonly afterFrom: number
  readonly afterTo: number
}

/** The longest run of anchors; of equal ones the first in `before`, then in `after`; grown by what is equal around it. */
function longestRun(search: Search): Block {
  const { before, after, beforeFrom, beforeTo, afterFrom, afterTo } = search
  let best: Block = longestAnchored(search)
  let { before: i, after: j, size } = best
  while (i > beforeFrom && j > afterFrom && before[i - 1] === after[j - 1]) {
    i--
    j--
    size++
  }
  while (i + size < beforeTo && j + size < afterTo && before[i + size] === after[j + size]) size++
  best = { before: i, after: j, size }
  return best
}

function longestAnchored({ before, anchors, beforeFrom, beforeTo, afterFrom, afterTo }: Search): Block {
  let best: Block = { before: beforeFrom, after: afterFrom, size: 0 }
  // Length of the run that ends at this place of `after`.
  let lengths = new Map<number, number>()
  for (let i = beforeFrom; i < beforeTo; i++) {
    const next = new Map<number, number>()
    for (const j of anchors.get(before[i] ?? '') ?? []) {
      if (j < afterFrom) continue
      if (j >= afterTo) break
      const size = (lengths.get(j - 1) ?? 0) + 1
      next.set(j, size)
      if (size > best.size) best = { before: i - size + 1, after: j - size + 1, size }
    }
    lengths = next
  }
  return best
}

function joined(blocks: readonly Block[]): readonly Block[] {
  const out: Block[] = []
  for (const block of blocks) {
    const last = out.at(-1)
    if (last !== undefined && last.before + last.size === block.before && last.after + last.size === block.after) {
      out[out.length - 1] = { ...last, size: last.size + block.size }
    } else out.push(block)
  }
  return out
}
