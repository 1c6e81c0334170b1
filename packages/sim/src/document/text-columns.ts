// How many columns of a terminal a text takes: letters one, Chinese, Japanese and Korean characters, full-width forms and emoji two, marks
// that stand on other characters none. Source: Unicode's EastAsianWidth.txt (W and F), in blocks.

const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F680}-\u{1F6FF}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]/u
const NOTHING = /[\p{Mn}\p{Me}\p{Cf}]/u

export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += NOTHING.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return columns
}

/** With blanks behind it, so that it takes so many columns. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)))
}

/** Its beginning, where it takes more columns than there are. */
export function cutColumns(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let cut = ''
  let taken = 0
  for (const character of text) {
    taken += columnsOf(character)
    // Room for the mark that there is more.
    if (taken > columns - 1) break
    cut += character
  }
  return columns < 1 ? '' : `${cut}…`
}
