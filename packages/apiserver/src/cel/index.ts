// The Common Expression Language with Kubernetes' libraries, as cel-go reads, checks, prices and runs it: syntax/ reads, check/
// types, cost/ prices, run/ runs, functions/ and kubernetes/ are what expressions may call. compile.ts ties them together.

export { compile, programOf, type Compiled, type Program } from './compile.ts'
export type { Environment } from './check/environment.ts'
export { estimateCost, type SizeAt } from './cost/estimate.ts'
export { MAX_REQUEST_BYTES, OBJECT_BUDGET } from './cost/constants.ts'
export { PlanError } from './run/plan.ts'
export { CelError, Optional, type CelMap, type MapKey, type Value } from './run/values.ts'
