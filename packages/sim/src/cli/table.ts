// Aligned columns, as kubectl prints them: three blanks between, none at the end of a line. Chinese characters take two columns.

import { columnsOf, padColumns } from '../document/text-columns.ts'

export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => columnsOf(line[column] ?? ''))))
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) => padColumns(cell, (widths[column] ?? 0) + 3))
      .join('')
      .trimEnd()
  return `${lines.map(format).join('\n')}\n`
}
