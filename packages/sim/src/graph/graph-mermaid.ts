// A cluster's graph as a Mermaid flowchart: a subgraph for each namespace, one for the nodes.
// https://mermaid.js.org/syntax/flowchart.html

import type { ClusterGraph, Vertex, VertexKind } from './cluster-graph.ts'

/** Mermaid's shapes: opening and closing. */
const SHAPES: Readonly<Record<VertexKind, readonly [string, string]>> = {
  ingress: ['{{', '}}'],
  service: ['([', '])'],
  pod: ['[', ']'],
  workload: ['[[', ']]'],
  address: ['>', ']'],
  node: ['[/', '/]'],
}

/** The text of the diagram; the last line has no newline. */
export function graphMermaid({ vertices, edges }: ClusterGraph): string {
  const names = new Map(vertices.map(({ id }, index) => [id, `v${index}`]))
  const lines = ['flowchart LR']
  const groups = [...new Set(vertices.map(groupOf))]
  for (const [index, group] of groups.entries()) {
    lines.push(`  subgraph g${index}["${plain(group)}"]`)
    for (const vertex of vertices) {
      if (groupOf(vertex) === group) lines.push(`    ${names.get(vertex.id) ?? ''}${shape(vertex)}`)
    }
    lines.push('  end')
  }
  for (const { from, to, label, kind } of edges) {
    const [start, end] = [names.get(from), names.get(to)]
    if (start === undefined || end === undefined) continue
    const arrow = kind === 'routes' ? '-->' : kind === 'not-ready' ? '-. not ready .->' : '-.-'
    const text = kind === 'not-ready' || label === '' ? '' : `|"${plain(label)}"|`
    lines.push(`  ${start} ${arrow}${text} ${end}`)
  }
  const sick = vertices.filter(({ ready }) => !ready).map(({ id }) => names.get(id) ?? '')
  if (sick.length > 0) {
    lines.push('  classDef sick stroke:#c0392b,stroke-dasharray: 4 3', `  class ${sick.join(',')} sick`)
  }
  return lines.join('\n')
}

/** The title of the box a vertex stands in. */
export function groupOf({ namespace, kind }: Vertex): string {
  return namespace === undefined ? (kind === 'node' ? 'nodes' : 'outside') : `namespace ${namespace}`
}

function shape({ kind, lines }: Vertex): string {
  const [open, close] = SHAPES[kind]
  return `${open}"${lines.map(plain).join('<br/>')}"${close}`
}

/** Inside quotes Mermaid reads entities; quotes and angle brackets would end or open something. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '#quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
