// What things cost. Source: cel-go common/cost.go, apiserver pkg/apis/cel/config.go.

export const CALL_COST = 1
export const SELECT_COST = 1
export const LIST_CREATE_COST = 10
export const MAP_CREATE_COST = 30
export const STRUCT_CREATE_COST = 40
export const TRAVERSAL_FACTOR = 0.1
export const REGEX_FACTOR = 0.25

/** One expression, once. */
export const PER_CALL_LIMIT = 1_000_000
/** All rules of an object together. */
export const OBJECT_BUDGET = 10_000_000
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024
