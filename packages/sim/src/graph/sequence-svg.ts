// A sequence diagram as SVG, from the Mermaid text that flows are told in (fabric/mermaid.ts): participants, arrows between them, notes over
// them. Mermaid's other statements are not read; podwire writes none.

import { invariant } from '@podwire/engine'
import { fixed, LINE_HEIGHT, svgBox, svgDocument, svgPath, svgText, textWidth } from './svg.ts'

type Statement =
  | {
      readonly kind: 'arrow'
      readonly from: string
      readonly to: string
      readonly text: string
      readonly style: string
    }
  | { readonly kind: 'note'; readonly over: string; readonly text: string }

const MARGIN = 16
const HEAD_HEIGHT = 28
const LANE_GAP = 40
const ROW_GAP = 12
const NOTE_WIDTH_MOST = 420
/** Beside an arrow that goes around a corner. */
const LOOP_TEXT = 40

export function sequenceSvg(mermaid: string): string {
  const { participants, statements } = parseSequence(mermaid)
  const lanes = layOutLanes(participants, statements)
  const parts: string[] = []
  let y = MARGIN + HEAD_HEIGHT + ROW_GAP
  for (const statement of statements) {
    const drawn = statement.kind === 'note' ? note(statement, lanes, y) : arrow(statement, lanes, y)
    parts.push(...drawn.parts)
    y += drawn.height + ROW_GAP
  }
  const ends = [...lanes.values()].map(({ x, width }) => x + width / 2)
  const loops = statements.map((one) => loopEnd(one, lanes))
  const right = Math.max(...ends, ...loops, 200) + MARGIN
  const heads = participants.flatMap(({ name, title }) => {
    const x = lanes.get(name)?.x ?? 0
    const width = textWidth(title) + 20
    return [
      svgPath(`M${fixed(x)},${fixed(MARGIN + HEAD_HEIGHT)} L${fixed(x)},${fixed(y)}`, {
        stroke: '#aab7b8',
        end: 'none',
      }),
      svgBox(x - width / 2, MARGIN, width, HEAD_HEIGHT, { fill: '#d6eaf8', stroke: '#2874a6', radius: 4 }),
      svgText(x, MARGIN + 18, title, { anchor: 'middle', bold: true }),
    ]
  })
  return svgDocument(right, y + MARGIN, participants.map(({ title }) => title).join(', '), [...heads, ...parts])
}

interface Participant {
  readonly name: string
  readonly title: string
}

function parseSequence(mermaid: string): { participants: readonly Participant[]; statements: readonly Statement[] } {
  const participants: Participant[] = []
  const statements: Statement[] = []
  for (const line of mermaid.split('\n').slice(1)) {
    const participant = /^ *participant (\S+) as (.*)$/.exec(line)
    const over = /^ *Note over (\S+): (.*)$/.exec(line)
    const sent = /^ *(\w+?)(->>|-->>|--x)(\w+): (.*)$/.exec(line)
    if (participant !== null) participants.push({ name: participant[1] ?? '', title: decoded(participant[2]) })
    else if (over !== null) statements.push({ kind: 'note', over: over[1] ?? '', text: decoded(over[2]) })
    else {
      invariant(sent !== null, `a line of our own sequence diagrams: ${line}`)
      const [, from = '', style = '', to = '', text] = sent
      statements.push({ kind: 'arrow', from, to, style, text: decoded(text) })
    }
  }
  return { participants, statements }
}

/** Mermaid's `#35;` */
function decoded(text = ''): string {
  return text.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
}

interface Lane {
  readonly x: number
  readonly width: number
}

/** A lane is as wide as its head and its notes; arrows to lanes before it need room for their text. */
function layOutLanes(
  participants: readonly Participant[],
  statements: readonly Statement[],
): ReadonlyMap<string, Lane> {
  const lanes = new Map<string, Lane>()
  let left = MARGIN
  for (const { name, title } of participants) {
    const notes = statements.flatMap((one) => (one.kind === 'note' && one.over === name ? noteLines(one.text) : []))
    const width = Math.max(textWidth(title) + 20, ...notes.map((line) => textWidth(line) + 16))
    const centres = statements.flatMap((one) => {
      if (one.kind !== 'arrow' || (one.from !== name && one.to !== name)) return []
      const before = lanes.get(one.from === name ? one.to : one.from)
      return before === undefined ? [] : [before.x + textWidth(one.text) + 24]
    })
    const x = Math.max(left + width / 2, ...centres)
    lanes.set(name, { x, width })
    left = x + width / 2 + LANE_GAP
  }
  return lanes
}

/** How far to the right an arrow from a lane to itself reaches with its text. */
function loopEnd(statement: Statement, lanes: ReadonlyMap<string, Lane>): number {
  if (statement.kind === 'note' || statement.from !== statement.to) return 0
  return (lanes.get(statement.from)?.x ?? 0) + LOOP_TEXT + textWidth(statement.text)
}

function noteLines(text: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && textWidth(`${line} ${word}`) > NOTE_WIDTH_MOST) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

interface Drawn {
  readonly parts: readonly string[]
  readonly height: number
}

function note(
  { over, text }: Extract<Statement, { kind: 'note' }>,
  lanes: ReadonlyMap<string, Lane>,
  y: number,
): Drawn {
  const x = lanes.get(over)?.x ?? 0
  const lines = noteLines(text)
  const width = Math.max(...lines.map(textWidth)) + 16
  const height = lines.length * LINE_HEIGHT + 8
  return {
    height,
    parts: [
      svgBox(x - width / 2, y, width, height, { fill: '#fef9e7', stroke: '#d4ac0d' }),
      ...lines.map((line, index) => svgText(x, y + LINE_HEIGHT * (index + 1) - 2, line, { anchor: 'middle' })),
    ],
  }
}

function arrow(
  { from, to, style, text }: Extract<Statement, { kind: 'arrow' }>,
  lanes: ReadonlyMap<string, Lane>,
  y: number,
): Drawn {
  const [x1, x2] = [lanes.get(from)?.x ?? 0, lanes.get(to)?.x ?? 0]
  const bottom = y + LINE_HEIGHT + 4
  const end = style === '--x' ? 'cross' : 'arrow'
  const line = `M${fixed(x1)},${fixed(bottom)} L${fixed(x2)},${fixed(bottom)}`
  // To itself: around a corner.
  const loop = `M${fixed(x1)},${fixed(bottom)} h30 v10 h-30`
  const middle = x1 === x2 ? x1 + LOOP_TEXT : (x1 + x2) / 2
  const failed = style === '--x'
  return {
    height: LINE_HEIGHT + 10,
    parts: [
      svgPath(x1 === x2 ? loop : line, { stroke: failed ? '#c0392b' : '#2c3e50', dashed: style !== '->>', end }),
      svgText(middle, y + LINE_HEIGHT - 2, text, { anchor: x1 === x2 ? 'start' : 'middle', backed: true }),
    ],
  }
}
