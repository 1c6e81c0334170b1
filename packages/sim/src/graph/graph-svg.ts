// A cluster's graph as SVG: columns from left to right (Ingresses, Services, pods, nodes), a band for each namespace. What an arrow says is
// a row of the box it starts in, so that no text lies on another. The layout is made of columns and rows only: no library, no
// randomness, the same bytes for the same graph.

import type { ClusterGraph, Edge, Vertex, VertexKind } from './cluster-graph.ts'
import { groupOf } from './graph-mermaid.ts'
import { fixed, LINE_HEIGHT, svgBox, svgDocument, svgPath, svgText, textWidth, type BoxStyle } from './svg.ts'

const MARGIN = 16
const PADDING = 10
const ROW_GAP = 14
const BAND_GAP = 18
const BAND_HEAD = 26
/** Between columns: room for arrows to bend. */
const COLUMN_GAP_LEAST = 60
/** More of them want more room, up to a limit. */
const GAP_OF_AN_ARROW = 4
const COLUMN_GAP_MOST = 160

const COLUMNS: Readonly<Record<VertexKind, number>> = {
  ingress: 0,
  service: 1,
  pod: 2,
  workload: 2,
  address: 2,
  node: 3,
}
const COLUMN_COUNT = 4

const STYLES: Readonly<Record<VertexKind, BoxStyle>> = {
  ingress: { fill: '#fdf2d0', stroke: '#b7950b', radius: 8 },
  service: { fill: '#d6eaf8', stroke: '#2874a6', radius: 14 },
  pod: { fill: '#d5f5e3', stroke: '#1e8449' },
  workload: { fill: '#d5f5e3', stroke: '#1e8449' },
  address: { fill: '#f2f3f4', stroke: '#7f8c8d' },
  node: { fill: '#ebdef0', stroke: '#6c3483', radius: 3 },
}
const SICK = '#c0392b'

/** What an arrow that starts in a box says. */
interface Row {
  readonly text: string
  readonly to: string
}

/** A vertex and its rows. */
interface Box {
  readonly vertex: Vertex
  readonly rows: readonly Row[]
}

interface Placed extends Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Band {
  readonly title: string
  readonly y: number
  readonly height: number
}

export function graphSvg(graph: ClusterGraph): string {
  const boxes = boxesOf(graph)
  const columns = columnsOf(boxes, graph.edges)
  const { placed, bands, height } = layOut(boxes, columns)
  const width = Math.max(200, (columns.at(-1)?.right ?? 0) + MARGIN)
  const parts = [
    ...bands.flatMap((band) => bandParts(band, width)),
    ...graph.edges.flatMap((edge) => edgeParts(edge, placed)),
    ...[...placed.values()].flatMap(vertexParts),
  ]
  const title = graph.vertices.length === 0 ? 'nothing to draw' : 'namespaces, Ingresses, Services, endpoints and nodes'
  return svgDocument(width, height, title, parts)
}

/** Rows stand in the order of the boxes they lead to. */
function boxesOf({ vertices, edges }: ClusterGraph): readonly Box[] {
  const order = new Map(vertices.map(({ id }, index) => [id, index]))
  return vertices.map((vertex) => ({
    vertex,
    rows: edges
      .filter(({ from, label }) => from === vertex.id && label !== '')
      .sort((a, b) => (order.get(a.to) ?? 0) - (order.get(b.to) ?? 0))
      .flatMap(({ label, to }) => label.split(', ').map((text) => ({ text, to }))),
  }))
}

const widthOf = ({ vertex, rows }: Box): number =>
  Math.max(...vertex.lines.map(textWidth), ...rows.map(({ text }) => textWidth(text))) + 2 * PADDING
const heightOf = ({ vertex, rows }: Box): number => (vertex.lines.length + rows.length) * LINE_HEIGHT + PADDING

interface Column {
  readonly left: number
  readonly right: number
}

/** As wide as their widest box; the gap behind one is for the arrows that start in it. */
function columnsOf(boxes: readonly Box[], edges: readonly Edge[]): readonly Column[] {
  const columns: Column[] = []
  let left = MARGIN + PADDING
  const kinds = new Map(boxes.map(({ vertex: { id, kind } }) => [id, kind]))
  for (let index = 0; index < COLUMN_COUNT; index++) {
    const inside = boxes.filter(({ vertex }) => COLUMNS[vertex.kind] === index)
    if (inside.length === 0) {
      columns.push({ left, right: left })
      continue
    }
    const right = left + Math.max(...inside.map(widthOf))
    columns.push({ left, right })
    const arrows = edges.filter(({ from }) => COLUMNS[kinds.get(from) ?? 'node'] === index).length
    left = right + Math.min(COLUMN_GAP_MOST, COLUMN_GAP_LEAST + arrows * GAP_OF_AN_ARROW)
  }
  return columns
}

function layOut(
  boxes: readonly Box[],
  columns: readonly Column[],
): { placed: ReadonlyMap<string, Placed>; bands: readonly Band[]; height: number } {
  const placed = new Map<string, Placed>()
  const bands: Band[] = []
  const nodes = boxes.filter(({ vertex }) => vertex.kind === 'node')
  const rest = boxes.filter(({ vertex }) => vertex.kind !== 'node')
  let y = MARGIN
  for (const title of new Set(rest.map(({ vertex }) => groupOf(vertex)))) {
    const tops = columns.map(() => y + BAND_HEAD)
    for (const box of rest) {
      if (groupOf(box.vertex) !== title) continue
      const column = COLUMNS[box.vertex.kind]
      const top = tops[column] ?? 0
      placed.set(box.vertex.id, place(box, columns, top))
      tops[column] = top + heightOf(box) + ROW_GAP
    }
    const bottom = Math.max(...tops)
    bands.push({ title, y, height: bottom - y })
    y = bottom + BAND_GAP
  }
  // Nodes are everybody's: a column of their own, spread over the whole height.
  const total = nodes.reduce((sum, node) => sum + heightOf(node), 0)
  const gap = Math.max(ROW_GAP, (y - BAND_GAP - MARGIN - total) / (nodes.length + 1))
  let top = MARGIN + (rest.length === 0 ? 0 : gap)
  for (const node of nodes) {
    placed.set(node.vertex.id, place(node, columns, top))
    top += heightOf(node) + gap
  }
  return { placed, bands, height: Math.max(y - BAND_GAP, top - gap) + MARGIN }
}

/** Boxes of a column are equally wide, so that arrows start beside them and not behind their neighbours. */
function place(box: Box, columns: readonly Column[], y: number): Placed {
  const { left, right } = columns[COLUMNS[box.vertex.kind]] ?? { left: 0, right: 0 }
  return { ...box, x: left, y, width: right - left, height: heightOf(box) }
}

function bandParts({ title, y, height }: Band, width: number): readonly string[] {
  const style = { fill: '#fafafa', stroke: '#d0d3d4', radius: 6 }
  return [
    svgBox(MARGIN / 2, y, width - MARGIN, height, style),
    svgText(MARGIN, y + LINE_HEIGHT, title, { color: '#566573', bold: true }),
  ]
}

function edgeParts({ from, to, kind }: Edge, placed: ReadonlyMap<string, Placed>): readonly string[] {
  const start = placed.get(from)
  const end = placed.get(to)
  if (start === undefined || end === undefined) return []
  const stroke = kind === 'routes' ? '#2c3e50' : kind === 'not-ready' ? SICK : '#aab7b8'
  const style = { stroke, dashed: kind !== 'routes', end: kind === 'placed' ? 'none' : 'arrow' } as const
  const rows = start.rows.flatMap((row, index) => (row.to === to ? [rowMiddle(start, index)] : []))
  return (rows.length === 0 ? [start.y + start.height / 2] : rows).map((y) => svgPath(curve(start, y, end), style))
}

function rowMiddle({ vertex, y }: Placed, row: number): number {
  return y + LINE_HEIGHT * (vertex.lines.length + row + 1) - LINE_HEIGHT / 4
}

function curve(start: Placed, y1: number, end: Placed): string {
  const x1 = start.x + start.width
  const [x2, y2] = [end.x, end.y + end.height / 2]
  const bend = Math.max(24, (x2 - x1) / 2)
  return `M${fixed(x1)},${fixed(y1)} C${fixed(x1 + bend)},${fixed(y1)} ${fixed(x2 - bend)},${fixed(y2)} ${fixed(x2)},${fixed(y2)}`
}

function vertexParts({ vertex, rows, x, y, width, height }: Placed): readonly string[] {
  const style = vertex.ready ? STYLES[vertex.kind] : { ...STYLES[vertex.kind], stroke: SICK, dashed: true }
  const line = (text: string, index: number): string =>
    svgText(x + PADDING, y + LINE_HEIGHT * (index + 1), text, {
      bold: index === 0,
      color: index === 0 ? '#222' : '#444',
    })
  return [
    svgBox(x, y, width, height, style),
    ...vertex.lines.map(line),
    ...rows.map(({ text }, index) => line(text, vertex.lines.length + index)),
  ]
}
