// Decoding: json-scanner.ts and yaml.ts read text, convert.ts checks it against a schema, decode-body.ts does both for a
// request and words the refusals.

export { convert, type Converted, jsonKindOf, TypeMismatch } from './convert.ts'
export {
  type Body,
  decodeBody,
  type DecodedObject,
  type DecodeOptions,
  type DecodeTarget,
  type FieldValidation,
  numberBeyondFloat64,
  type OtherKind,
  parseText,
  patchedKind,
  unrecognized,
} from './decode-body.ts'
export { rulesOf } from './field-rules.ts'
export { JsonSyntaxError, MAX_KEPT_DEPTH, scanJson, type ScannedJson, setKey } from './json-scanner.ts'
export { parseExactly } from './read-json.ts'
export { NO_HEADER, readTypeHeader, type TypeHeader } from './type-header.ts'
