// The query of a list or watch, checked as the server checks it.
// Source: apimachinery meta/internalversion/validation, apiserver endpoints/handlers/get.go.

import { badRequest } from '../status/errors.ts'
import { StatusError, type StatusCause } from '../status/status-error.ts'

export interface ListOptionValues {
  /** 0 when absent. */
  readonly revision: number
  /** True for an explicit resourceVersion=0. */
  readonly fromCache: boolean
  readonly match: '' | 'Exact' | 'NotOlderThan'
  /** 0: no limit. */
  readonly limit: number
  readonly continue: string | undefined
}

export function checkListOptions(query: URLSearchParams): ListOptionValues {
  const resourceVersion = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  const token = query.get('continue') ?? ''
  const problems: StatusCause[] = []
  const forbid = (message: string, field = 'resourceVersionMatch'): void => {
    problems.push({ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field })
  }
  if (query.has('sendInitialEvents')) forbid('sendInitialEvents is forbidden for list', 'sendInitialEvents')
  if (match !== '') {
    if (resourceVersion === '') forbid('resourceVersionMatch is forbidden unless resourceVersion is provided')
    if (token !== '') forbid('resourceVersionMatch is forbidden when continue is provided')
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      const message = `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`
      problems.push({ reason: 'FieldValueNotSupported', message, field: 'resourceVersionMatch' })
    }
    if (match === 'Exact' && resourceVersion === '0') {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    }
  }
  if (problems.length > 0) throw invalidListOptions(problems)
  if (!/^\d*$/.test(resourceVersion)) {
    const quoted = JSON.stringify(resourceVersion)
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
    )
  }
  if (token !== '' && resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  return {
    revision: Number(resourceVersion === '' ? 0 : resourceVersion),
    fromCache: resourceVersion === '0' && match !== 'Exact',
    match: match === 'Exact' || match === 'NotOlderThan' ? match : '',
    limit: readLimit(query.get('limit')),
    continue: token === '' ? undefined : token,
  }
}

function readLimit(text: string | null): number {
  if (text === null || text === '') return 0
  if (!/^-?\d+$/.test(text)) {
    throw badRequest(
      `unable to decode query parameters: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  }
  return Math.max(0, Number(text))
}

export function invalidListOptions(problems: readonly StatusCause[]): StatusError {
  const texts = problems.map((cause) => `${cause.field}: ${cause.message}`)
  const joined = texts.length === 1 ? texts.join() : `[${texts.join(', ')}]`
  return new StatusError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${joined}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: problems,
  })
}
