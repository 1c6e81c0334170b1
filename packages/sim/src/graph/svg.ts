// The few pieces of SVG that podwire's pictures are made of. Sizes follow from the texts alone, so that the same input gives the same
// bytes on every machine: a character is taken for a fixed width, which monospaced fonts keep to.

import { columnsOf } from '../document/text-columns.ts'

/** Of a character of the 12 px monospaced font. */
export const CHARACTER_WIDTH = 7.2
export const LINE_HEIGHT = 16

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function escapeSvg(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
}

export function textWidth(text: string): number {
  return columnsOf(text) * CHARACTER_WIDTH
}

export interface TextStyle {
  readonly anchor?: 'start' | 'middle'
  readonly color?: string
  readonly bold?: boolean
  /** A strip of the background behind it, so that lines do not cross it. */
  readonly backed?: boolean
}

export function svgText(x: number, y: number, text: string, style: TextStyle = {}): string {
  const { anchor = 'start', color = '#222', bold = false, backed = false } = style
  const halo = backed ? ' stroke="#fff" stroke-width="4" paint-order="stroke"' : ''
  const weight = bold ? ' font-weight="bold"' : ''
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}" fill="${color}"${weight}${halo}>${escapeSvg(text)}</text>`
}

export interface BoxStyle {
  readonly fill: string
  readonly stroke: string
  readonly radius?: number
  readonly dashed?: boolean
}

export function svgBox(x: number, y: number, width: number, height: number, style: BoxStyle): string {
  const { fill, stroke, radius = 0, dashed = false } = style
  const dashes = dashed ? ' stroke-dasharray="4 3"' : ''
  return `<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" rx="${radius}" fill="${fill}" stroke="${stroke}"${dashes}/>`
}

export interface PathStyle {
  readonly stroke: string
  readonly dashed?: boolean
  readonly end?: 'arrow' | 'cross' | 'none'
}

export function svgPath(d: string, { stroke, dashed = false, end = 'arrow' }: PathStyle): string {
  const marker = end === 'none' ? '' : ` marker-end="url(#${end})"`
  return `<path d="${d}" fill="none" stroke="${stroke}"${dashed ? ' stroke-dasharray="4 3"' : ''}${marker}/>`
}

const MARKERS =
  '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">' +
  '<path d="M0,0 L8,4 L0,8 z" fill="context-stroke"/></marker>' +
  '<marker id="cross" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="9" markerHeight="9" orient="auto">' +
  '<path d="M0,0 L8,8 M0,8 L8,0" stroke="#c0392b" fill="none"/></marker></defs>'

/** @param title what the picture shows, for readers who cannot see it */
export function svgDocument(width: number, height: number, title: string, parts: readonly string[]): string {
  const size = `width="${fixed(width)}" height="${fixed(height)}" viewBox="0 0 ${fixed(width)} ${fixed(height)}"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">`,
    `<title>${escapeSvg(title)}</title>`,
    MARKERS,
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

/** Without a trail of digits that differ by rounding. */
export function fixed(value: number): string {
  return String(Math.round(value * 10) / 10)
}
