// Field ownership: managedFields of every recorded write, and server-side apply. A pure core (sets of paths, comparison,
// merge, ownership) and the functions the pipeline calls: recordUpdate, applyConfiguration, and the owners of a Scale.

export {
  applyConfiguration,
  unconvertible,
  unreadableValue,
  type ApplyOutcome,
  type ApplyRequest,
} from './apply-configuration.ts'
export { emptyObjectOf, writtenEmptyObject } from './empty-object.ts'
export { endpointOf, scaleEndpoint, type Endpoint } from './endpoint.ts'
export { sameButForTimes } from './same-but-times.ts'
export { recordUpdate, type UpdateRecord } from './record-update.ts'
export { ownersFromScale, ownersOfScale } from './scale-owners.ts'
