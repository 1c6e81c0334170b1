// Serves files of a container as nginx does: index.html, directory redirects, types by ending, ETag and Last-Modified,
// conditional requests, 404 and 405 pages. Source: observed on nginx 1.27. Ranges and listings are not served.

import type { Clock } from '@podwire/engine'
import type { FileTree } from '@podwire/shell'
import { headerValue, type HeaderList, type HttpRequest, type HttpResponse } from '../http/message.ts'
import { httpDate, pathOf } from './responses.ts'

const TYPES: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html'],
  ['htm', 'text/html'],
  ['css', 'text/css'],
  ['js', 'application/javascript'],
  ['json', 'application/json'],
  ['txt', 'text/plain'],
  ['xml', 'text/xml'],
  ['svg', 'image/svg+xml'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['ico', 'image/x-icon'],
])

/** What all sites of one server program have in common. */
export interface ServerStyle {
  /** Modification time of every file, milliseconds since 1970. */
  readonly modifiedMs: number
  /** Headers in front of each answer: Server, and Date as given. */
  readonly headers: (date: string) => HeaderList
  /** Body of an error answer. */
  readonly errorPage: (status: number) => string
}

export interface StaticSite {
  readonly style: ServerStyle
  readonly files: FileTree
  readonly clock: Clock
  /** Directory that `/` stands for. */
  readonly root: string
}

/** What stands in front of each answer now. */
export function headersOf({ style, clock }: StaticSite): HeaderList {
  return style.headers(httpDate(clock))
}

export function serveFile(site: StaticSite, request: HttpRequest): HttpResponse {
  if (request.method !== 'GET' && request.method !== 'HEAD') return errorResponse(site, 405)
  const { path, file, indexFile, type } = wantedFile(site.root, request.target)
  if (path.includes('/../') || path.endsWith('/..')) return errorResponse(site, 400)
  if (indexFile === undefined) {
    const content = site.files.read(file)
    if (content !== undefined) return fileResponse(site, request, type, content)
    if (site.files.list(file) === undefined) return errorResponse(site, 404)
    return redirect(site, request, `${path}/`)
  }
  const index = site.files.read(indexFile)
  if (index !== undefined) return fileResponse(site, request, type, index)
  return errorResponse(site, site.files.list(file) === undefined ? 404 : 403)
}

/** What a target stands for. */
interface Wanted {
  readonly root: string
  readonly target: string
  readonly path: string
  readonly file: string
  /** Of a directory. */
  readonly indexFile: string | undefined
  /** Of the file, or of the directory's index. */
  readonly type: string
}

// Servers are asked for the same file again and again, and text made anew is hashed anew by every layer of a container's files.
let lastWanted: Wanted | undefined

function wantedFile(root: string, target: string): Wanted {
  if (lastWanted?.target === target && lastWanted.root === root) return lastWanted
  const path = pathOf(target)
  const file = `${root}${path}`
  const indexFile = path.endsWith('/') ? `${file}index.html` : undefined
  lastWanted = { root, target, path, file, indexFile, type: typeOf(indexFile ?? path) }
  return lastWanted
}

function typeOf(path: string): string {
  return TYPES.get(path.slice(path.lastIndexOf('.') + 1)) ?? 'application/octet-stream'
}

function errorResponse(site: StaticSite, status: number, more: HeaderList = []): HttpResponse {
  const body = Buffer.from(site.style.errorPage(status), 'utf8')
  const headers: HeaderList = [
    ...headersOf(site),
    ['Content-Type', 'text/html'],
    ['Content-Length', String(body.length)],
    ...more,
    ['Connection', 'keep-alive'],
  ]
  return { status, reason: '', headers, body }
}

function redirect(site: StaticSite, request: HttpRequest, path: string): HttpResponse {
  const host = headerValue(request.headers, 'host') ?? 'localhost'
  return errorResponse(site, 301, [['Location', `http://${host}${path}`]])
}

interface FileAnswer {
  readonly style: ServerStyle
  readonly type: string
  readonly date: string
  readonly response: HttpResponse
}

let lastModified = { seconds: Number.NaN, text: '' }

/** All files of an image are of one age. */
function modifiedText(seconds: number): string {
  if (lastModified.seconds !== seconds) lastModified = { seconds, text: new Date(seconds * 1000).toUTCString() }
  return lastModified.text
}

/** The last whole answer with each file's content: an image's files are the same bytes in all its containers. */
const lastAnswers = new WeakMap<Uint8Array, FileAnswer>()

function fileResponse(site: StaticSite, request: HttpRequest, type: string, content: Uint8Array): HttpResponse {
  const { style, clock } = site
  const known = headerValue(request.headers, 'if-none-match')
  const since = headerValue(request.headers, 'if-modified-since')
  const date = httpDate(clock)
  const whole = request.method === 'GET' && known === undefined && since === undefined
  const last = whole ? lastAnswers.get(content) : undefined
  if (last !== undefined && last.date === date && last.style === style && last.type === type) return last.response
  const seconds = Math.floor(style.modifiedMs / 1000)
  const etag = `"${seconds.toString(16)}-${content.length.toString(16)}"`
  const modified = modifiedText(seconds)
  const validators: HeaderList = [
    ['Last-Modified', modified],
    ['Connection', 'keep-alive'],
    ['ETag', etag],
  ]
  if (known === etag || (known === undefined && since === modified)) {
    return { status: 304, reason: '', headers: [...style.headers(date), ...validators], body: new Uint8Array(0) }
  }
  const headers: HeaderList = [
    ...style.headers(date),
    ['Content-Type', type],
    ['Content-Length', String(content.length)],
    ...validators,
    ['Accept-Ranges', 'bytes'],
  ]
  const response = { status: 200, reason: '', headers, body: request.method === 'HEAD' ? new Uint8Array(0) : content }
  if (whole) lastAnswers.set(content, { style, type, date, response })
  return response
}
