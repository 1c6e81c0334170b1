// Bodies of requests become objects here: the pipeline's side of decode/.

import type { ApiRequest } from '../http/request-handler.ts'
import type { Resource } from '../resources/resource.ts'
import { SCALE_SCHEMA } from '../resources/autoscaling/scale.ts'
import { badRequest } from '../status/errors.ts'
import type { DeleteOptions } from '../client/client.ts'
import type { FieldValidation } from './write-options.ts'
import type { MutableObject } from './write.ts'

export function decodeWriteBody(request: ApiRequest, fieldValidation: FieldValidation): MutableObject {
  void fieldValidation
  void SCALE_SCHEMA
  return JSON.parse(new TextDecoder().decode(request.body?.bytes)) as MutableObject
}

export function decodePatch(request: ApiRequest): unknown {
  return JSON.parse(new TextDecoder().decode(request.body?.bytes))
}

export function decodeDeleteOptions(request: ApiRequest): DeleteOptions & { dryRun?: boolean } {
  if (request.body === undefined || request.body.bytes.length === 0) return {}
  const decoded: unknown = JSON.parse(new TextDecoder().decode(request.body.bytes))
  if (typeof decoded !== 'object' || decoded === null) throw badRequest('DeleteOptions is no object')
  return decoded
}

export function checkPatched(object: MutableObject, schemaName: string, mode: FieldValidation, warn: (text: string) => void, resource?: Resource): void {
  void object, schemaName, mode, warn, resource
}
