// The query of a GET: how new the object has to be. Source: apiserver endpoints/handlers/get.go (GetResource),
// storage/cacher/delegator.go (Get).

import { badRequest, plainError, tooLargeResourceVersion } from '../status/errors.ts'
import type { Store } from '../store/store.ts'
import { booleanParameter, resourceVersionProblem } from './query-parameters.ts'

/** @throws StatusError 400 */
export function refuseExport(query: URLSearchParams): void {
  if (booleanParameter(query, 'export') !== true) return
  throw badRequest('the export parameter, deprecated since v1.14, is no longer supported')
}

/** @throws StatusError 500 for a version that is no number, 504 for one that is still to come */
export function checkGetVersion(store: Store, query: URLSearchParams): void {
  const wanted = query.get('resourceVersion') ?? ''
  const problem = resourceVersionProblem(wanted)
  if (problem !== undefined) throw plainError(problem)
  if (Number(wanted) > store.revision) throw tooLargeResourceVersion(Number(wanted), store.revision)
}
