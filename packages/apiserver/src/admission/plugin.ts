// One admission plugin, and how it refuses. Source: apiserver admission/{interfaces,errors}.go.

import type { Pod } from '../objects/index.ts'
import type { Write } from '../pipeline/write.ts'
import { refuseForAccount } from '../resources/pods/pod-admission.ts'
import { forbidden } from '../status/errors.ts'
import type { StatusError } from '../status/status-error.ts'

export interface AdmissionPlugin {
  /** As in `--enable-admission-plugins`. */
  readonly name: string
  /** Subresources it also looks at. */
  readonly subresources?: readonly string[]
  /** May change the object; runs before it is validated. */
  readonly admit?: (write: Write) => void
  /** Sees the valid object, and may refuse it. */
  readonly validate?: (write: Write) => void
}

/** While plugins admit, a generated name has not been drawn yet: the server names the beginning it was asked for. */
export function refusedByAdmission(write: Write, why: string): StatusError {
  return forbidden(write.resource.type, write.askedName, why)
}

/** A pod that is refused by a plugin which comes after the one for service accounts. */
export function podRefused(write: Write, why: string): StatusError {
  refuseForAccount(write.object as unknown as Pod, write.context)
  return refusedByAdmission(write, why)
}

/** Refused when everything else was found good, under the name it would have got. */
export function refusedAfterValidation(write: Write, why: string): StatusError {
  return forbidden(write.resource.type, write.object.metadata.name ?? '', why)
}
