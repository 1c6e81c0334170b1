// How the server prints its internal structs in messages: as JSON (`goStruct`) and as the diff of two (`goDiff`).

export { goDiff } from './go-diff.ts'
export { goPointer, goStruct, goStructs } from './go-struct.ts'
