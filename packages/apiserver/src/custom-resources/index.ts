// Custom resources: what a CustomResourceDefinition makes the server serve. custom-kinds.ts watches definitions and keeps the
// registry; served-kind.ts makes Resources of one; schema/ and validation/ hold objects to their schema, cel/ to its rules;
// json-path/, columns.ts, scale.ts and selectable-fields.ts read values where a definition points; merge-type.ts is the
// schema as server-side apply sees it; stored-form.ts turns one version into another.

export { CustomKinds } from './custom-kinds.ts'
