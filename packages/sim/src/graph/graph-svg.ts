// A cluster's graph as SVG: columns from left to right (Ingresses, Services, pods, nodes), a band for each namespace. The layout is made
// of columns and rows only: no library, no randomness, the same bytes for the same graph.

import type { ClusterGraph, Edge, Vertex, VertexKind } from './cluster-graph.ts'
import { groupOf } from './graph-mermaid.ts'
import { fixed, LINE_HEIGHT, svgBox, svgDocument, svgPath, svgText, textWidth, type BoxStyle } from './svg.ts'

const MARGIN = 16
const PADDING = 10
const ROW_GAP = 14
const BAND_GAP = 18
const BAND_HEAD = 26
/** Between columns: room for the labels of arrows. */
const COLUMN_GAP_LEAST = 60

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

interface Placed {
  readonly vertex: Vertex
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
  const columns = columnsOf(graph)
  const { placed, bands, height } = layOut(graph, columns)
  const width = Math.max(200, (columns.at(-1)?.right ?? 0) + MARGIN)
  const parts = [
    ...bands.flatMap((band) => bandParts(band, width)),
    ...graph.edges.flatMap((edge) => edgeParts(edge, placed)),
    ...[...placed.values()].flatMap(vertexParts),
  ]
  const title = graph.vertices.length === 0 ? 'nothing to draw' : 'namespaces, Ingresses, Services, endpoints and nodes'
  return svgDocument(width, height, title, parts)
}

const widthOf = ({ lines }: Vertex): number => Math.max(...lines.map(textWidth)) + 2 * PADDING
const heightOf = ({ lines }: Vertex): number => lines.length * LINE_HEIGHT + PADDING

interface Column {
  readonly left: number
  readonly right: number
}

/** As wide as their widest box; the gap behind one is as wide as the labels that start in it. */
function columnsOf({ vertices, edges }: ClusterGraph): readonly Column[] {
  const columns: Column[] = []
  let left = MARGIN + PADDING
  const kinds = new Map(vertices.map(({ id, kind }) => [id, kind]))
  for (let index = 0; index < COLUMN_COUNT; index++) {
    const inside = vertices.filter(({ kind }) => COLUMNS[kind] === index)
    if (inside.length === 0) {
      columns.push({ left, right: left })
      continue
    }
    const right = left + Math.max(...inside.map(widthOf))
    columns.push({ left, right })
    const labels = edges
      .filter(({ from }) => COLUMNS[kinds.get(from) ?? 'node'] === index)
      .map(({ label }) => textWidth(label))
    left = right + Math.max(COLUMN_GAP_LEAST, ...labels.map((label) => label + 36))
  }
  return columns
}

function layOut(
  { vertices }: ClusterGraph,
  columns: readonly Column[],
): { placed: ReadonlyMap<string, Placed>; bands: readonly Band[]; height: number } {
  const placed = new Map<string, Placed>()
  const bands: Band[] = []
  const nodes = vertices.filter(({ kind }) => kind === 'node')
  const rest = vertices.filter(({ kind }) => kind !== 'node')
  let y = MARGIN
  for (const title of new Set(rest.map(groupOf))) {
    const inside = rest.filter((vertex) => groupOf(vertex) === title)
    const tops = columns.map(() => y + BAND_HEAD)
    for (const vertex of inside) put(placed, vertex, columns, tops)
    const bottom = Math.max(...tops)
    bands.push({ title, y, height: bottom - y })
    y = bottom + BAND_GAP
  }
  // Nodes are everybody's: a column of their own, spread over the whole height.
  const total = nodes.reduce((sum, node) => sum + heightOf(node), 0)
  const gap = Math.max(ROW_GAP, (y - BAND_GAP - MARGIN - total) / (nodes.length + 1))
  let top = MARGIN + (rest.length === 0 ? 0 : gap)
  for (const node of nodes) {
    placed.set(node.id, {
      vertex: node,
      x: columns[COLUMNS.node]?.left ?? 0,
      y: top,
      width: widthOf(node),
      height: heightOf(node),
    })
    top += heightOf(node) + gap
  }
  return { placed, bands, height: Math.max(y - BAND_GAP, top - gap) + MARGIN }
}

function put(placed: Map<string, Placed>, vertex: Vertex, columns: readonly Column[], tops: number[]): void {
  const column = COLUMNS[vertex.kind]
  const y = tops[column] ?? 0
  placed.set(vertex.id, { vertex, x: columns[column]?.left ?? 0, y, width: widthOf(vertex), height: heightOf(vertex) })
  tops[column] = y + heightOf(vertex) + ROW_GAP
}

function bandParts({ title, y, height }: Band, width: number): readonly string[] {
  const style = { fill: '#fafafa', stroke: '#d0d3d4', radius: 6 }
  return [
    svgBox(MARGIN / 2, y, width - MARGIN, height, style),
    svgText(MARGIN, y + LINE_HEIGHT, title, { color: '#566573', bold: true }),
  ]
}

function edgeParts({ from, to, label, kind }: Edge, placed: ReadonlyMap<string, Placed>): readonly string[] {
  const start = placed.get(from)
  const end = placed.get(to)
  if (start === undefined || end === undefined) return []
  const [x1, y1] = [start.x + start.width, start.y + start.height / 2]
  const [x2, y2] = [end.x, end.y + end.height / 2]
  const bend = Math.max(24, (x2 - x1) / 2)
  const d = `M${fixed(x1)},${fixed(y1)} C${fixed(x1 + bend)},${fixed(y1)} ${fixed(x2 - bend)},${fixed(y2)} ${fixed(x2)},${fixed(y2)}`
  const stroke = kind === 'routes' ? '#2c3e50' : kind === 'not-ready' ? SICK : '#aab7b8'
  const path = svgPath(d, { stroke, dashed: kind !== 'routes', end: kind === 'placed' ? 'none' : 'arrow' })
  if (label === '') return [path]
  return [path, svgText((x1 + x2) / 2, (y1 + y2) / 2 + 4, label, { anchor: 'middle', color: stroke, backed: true })]
}

function vertexParts({ vertex, x, y, width, height }: Placed): readonly string[] {
  const style = vertex.ready ? STYLES[vertex.kind] : { ...STYLES[vertex.kind], stroke: SICK, dashed: true }
  return [
    svgBox(x, y, width, height, style),
    ...vertex.lines.map((line, index) =>
      svgText(x + PADDING, y + LINE_HEIGHT * (index + 1), line, {
        bold: index === 0,
        color: index === 0 ? '#222' : '#444',
      }),
    ),
  ]
}
