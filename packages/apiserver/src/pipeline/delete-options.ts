// What a DELETE may ask for: from its body when there is one, else from its query. Source: apiserver endpoints/handlers/delete.go,
// apimachinery meta/v1 (conversion.go, validation ValidateDeleteOptions); texts recorded from 1.36.

import {
  convert,
  JsonSyntaxError,
  NO_HEADER,
  parseText,
  readTypeHeader,
  type TypeHeader,
  TypeMismatch,
} from '../decode/index.ts'
import type { DeleteOptions } from '../client/client.ts'
import type { ApiRequest, RequestBody } from '../http/request-handler.ts'
import { badRequest, UNKNOWN_FORMAT, unsupportedMediaType } from '../status/errors.ts'
import type { FieldError } from '../validation/field-error.ts'
import { invalid, notSupported } from '../validation/field-errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { BODY_TYPES } from './decoding.ts'
import { booleanParameter, int64Parameter } from './query-parameters.ts'

const POLICIES = ['Foreground', 'Background', 'Orphan', 'nil']
const SCHEMA = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'

export interface CheckedDeleteOptions extends DeleteOptions {
  readonly dryRun: boolean
  /** The older way to say it: DELETEs that leave dependents to be collected answer 202 while the object stays. */
  readonly orphanDependents: boolean | undefined
}

/** As decoded. */
export interface RawDeleteOptions {
  readonly gracePeriodSeconds?: number | undefined
  readonly propagationPolicy?: string | undefined
  readonly orphanDependents?: boolean | undefined
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined
  readonly dryRun?: readonly string[] | undefined
}

/** @throws StatusError 400, 415 or 422 */
export function readDeleteOptions(request: Pick<ApiRequest, 'body' | 'query'>): CheckedDeleteOptions {
  const { body, query } = request
  return checkDeleteOptions(body === undefined || body.bytes.length === 0 ? fromQuery(query) : fromBody(body))
}

/** @throws StatusError 422 */
export function checkDeleteOptions(raw: RawDeleteOptions): CheckedDeleteOptions {
  const { gracePeriodSeconds, propagationPolicy: policy, orphanDependents, preconditions, dryRun = [] } = raw
  const errors: FieldError[] = []
  if (policy !== undefined && orphanDependents !== undefined) {
    errors.push(invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'))
  }
  if (policy !== undefined && !isPolicy(policy)) errors.push(notSupported('propagationPolicy', policy, POLICIES))
  if (dryRun.some((value) => value !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']))
  if (errors.length > 0) throw invalidStatus('DeleteOptions', 'meta.k8s.io', '', errors)
  const older = orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background'
  const chosen = policy !== undefined && isPolicy(policy) ? policy : older
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(chosen === undefined ? {} : { propagationPolicy: chosen }),
    ...(preconditions === undefined ? {} : { preconditions }),
    dryRun: dryRun.length > 0,
    orphanDependents,
  }
}

function isPolicy(text: string): text is 'Background' | 'Foreground' | 'Orphan' {
  return text === 'Background' || text === 'Foreground' || text === 'Orphan'
}

function fromQuery(query: URLSearchParams): RawDeleteOptions {
  const uid = query.get('uid') ?? ''
  const resourceVersion = query.get('resourceVersion') ?? ''
  return {
    gracePeriodSeconds: int64Parameter(query, 'gracePeriodSeconds'),
    orphanDependents: booleanParameter(query, 'orphanDependents'),
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    dryRun: query.getAll('dryRun'),
    preconditions: { ...(uid === '' ? {} : { uid }), ...(resourceVersion === '' ? {} : { resourceVersion }) },
  }
}

function fromBody(body: RequestBody): RawDeleteOptions {
  if (!BODY_TYPES.has(body.contentType)) throw unsupportedMediaType(UNKNOWN_FORMAT)
  const value = parse(body)
  try {
    // The schema's own types.
    return convert(SCHEMA, value).object
  } catch (error) {
    if (error instanceof TypeMismatch) throw badRequest(error.message)
    throw error
  }
}

function parse(body: RequestBody): Readonly<Record<string, unknown>> {
  const isYaml = body.contentType.endsWith('yaml')
  let value: unknown
  try {
    value = parseText(body)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw badRequest(isYaml ? error.message : `${NO_HEADER}${error.message}`)
  }
  if (value === null) return {}
  refuseOtherKind(readTypeHeader(value, badRequest))
  return value as Readonly<Record<string, unknown>>
}

function refuseOtherKind({ apiVersion, kind }: TypeHeader): void {
  if (kind === '' || kind === 'DeleteOptions') return
  const version = apiVersion === '' ? 'meta.k8s.io/v1' : apiVersion
  throw badRequest(
    `no kind "${kind}" is registered for version "${version}" in scheme ` +
      '"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"',
  )
}
