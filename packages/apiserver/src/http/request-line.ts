// The first line of a request taken apart: path, query, what is asked for, and what an authorizer is asked. Clients send the same
// lines again and again: those without a query are taken apart once.

import { attributesOf, type Attributes } from './authorization.ts'
import { parseRequestInfo, type RequestInfo } from './request-info.ts'
import { splitUrl } from './url.ts'

export interface RequestLine {
  readonly path: string
  readonly query: URLSearchParams
  readonly info: RequestInfo
  readonly attributes: Attributes
}

const known = new Map<string, RequestLine>()
/** What many different lines say is not kept, nor what long ones say. */
const MOST_KEPT = 1000
const LONGEST_KEPT_CHARACTERS = 200

/** @param url path and query as sent */
export function readRequestLine(method: string, url: string): RequestLine {
  if (url.length > LONGEST_KEPT_CHARACTERS || url.includes('?')) return takeApart(method, url)
  const line = `${method} ${url}`
  const found = known.get(line)
  if (found !== undefined) return found
  const read = takeApart(method, url)
  if (known.size < MOST_KEPT) known.set(line, read)
  return read
}

function takeApart(method: string, url: string): RequestLine {
  const { path, query } = splitUrl(url)
  const info = parseRequestInfo(method, path, query)
  return { path, query, info, attributes: attributesOf(info, query) }
}
