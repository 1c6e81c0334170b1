// `?timeout=`: how long the client gives a request that ends by itself. Requests here take none of the cluster's time, so it is
// read and no more; what is no duration is refused before anybody asks who the client is.
// Source: apiserver endpoints/filters/request_deadline.go, server/filters/longrunning.go.

import { goDurationProblem } from '@podwire/engine'
import { badRequest } from '../status/errors.ts'
import type { RequestInfo } from './request-info.ts'

const LONG_RUNNING: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy'])

/** @throws StatusError 400 */
export function checkTimeout(info: RequestInfo, query: URLSearchParams): void {
  const text = query.get('timeout') ?? ''
  if (text === '' || (info.kind === 'resource' && (info.verb === 'watch' || LONG_RUNNING.has(info.subresource)))) return
  const problem = goDurationProblem(text)
  if (problem !== undefined) throw badRequest(`invalid timeout specified in the request URL - ${problem}`)
}
