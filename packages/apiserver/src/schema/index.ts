// Schemas of all types on the wire: object-schema.ts is their shape, schemas.ts finds them, `generated/` holds them.

export type * from './object-schema.ts'
export { findSchema, loadDescriptions, schemaOf } from './schemas.ts'
