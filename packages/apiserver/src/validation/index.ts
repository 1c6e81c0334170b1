// Validation shared by all kinds: field-errors.ts words the errors, names.ts and addresses.ts check syntax, object-meta.ts
// checks metadata, invalid-status.ts makes the 422 answer. Rules of one kind live with the kind in resources/.

export type { FieldError, FieldErrorReason } from './field-error.ts'
export {
  duplicate,
  forbiddenField,
  goJson,
  invalid,
  notFoundValue,
  notSupported,
  printValue,
  quote,
  required,
  tooLong,
  tooMany,
} from './field-errors.ts'
export { invalidStatus } from './invalid-status.ts'
export { validateLabels, validateLabelSelector } from './labels.ts'
export { type MetaRules, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'
export {
  checkCanonicalIp,
  checkEndpointIp,
  checkIp,
  formatIp,
  type Cidr,
  type IpAddress,
  networkAddress,
  parseCidr,
  parseIp,
} from './addresses.ts'
