// The functions of authorization checks: rules of custom resources have no authorizer to call them on, but their names are taken.
// Source: apiserver pkg/cel/library/authz.go.

import type { FunctionTable } from '../functions/function-table.ts'
import { NO_OVERLOAD } from '../run/values.ts'

const PREFIX = 'kubernetes.authorization'
const AUTHORIZER = `${PREFIX}.Authorizer`
const PATH = `${PREFIX}.PathCheck`
const GROUP = `${PREFIX}.GroupCheck`
const RESOURCE = `${PREFIX}.ResourceCheck`
const DECISION = `${PREFIX}.Decision`

export function addAuthorization(table: FunctionTable): void {
  for (const [name, of, args, result] of [
    ['path', AUTHORIZER, ['string'], PATH],
    ['group', AUTHORIZER, ['string'], GROUP],
    ['serviceAccount', AUTHORIZER, ['string', 'string'], AUTHORIZER],
    ['resource', GROUP, ['string'], RESOURCE],
    ['subresource', RESOURCE, ['string'], RESOURCE],
    ['namespace', RESOURCE, ['string'], RESOURCE],
    ['name', RESOURCE, ['string'], RESOURCE],
    ['fieldSelector', RESOURCE, ['string'], RESOURCE],
    ['labelSelector', RESOURCE, ['string'], RESOURCE],
    ['check', PATH, ['string'], DECISION],
    ['check', RESOURCE, ['string'], DECISION],
    ['errored', DECISION, [], 'bool'],
    ['error', DECISION, [], 'string'],
    ['allowed', DECISION, [], 'bool'],
    ['reason', DECISION, [], 'string'],
  ] as const) {
    table.member(`${of}_${name}`, name, [of, ...args], result, () => NO_OVERLOAD)
  }
}
