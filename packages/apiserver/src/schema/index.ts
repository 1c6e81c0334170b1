// Schemas of all types on the wire: object-schema.ts is their shape, schemas.ts finds them,
// go-fields.ts says what Go's encoder does with their fields, `generated/` holds them.

export type * from './object-schema.ts'
export { goFieldOrder, goFields, type GoField } from './go-fields.ts'
export { findSchema, loadDescriptions, schemaOf } from './schemas.ts'
