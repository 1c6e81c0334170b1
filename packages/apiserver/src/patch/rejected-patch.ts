// A patch that is well formed and cannot be applied: the server says no more than this. Source: apiserver
// endpoints/handlers/patch.go (NewGenericServerResponse, 422).

import { StatusError } from '../status/status-error.ts'

export function rejectedPatch(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
}
