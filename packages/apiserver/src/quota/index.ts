// Resource quotas: lists of quantities (resource-list), what an object uses (usage and its kinds), and which quota an object
// counts for (scopes). Pure; the admission plugin and the resourcequota controller share it.
// Source: apiserver quota/v1, kubernetes pkg/quota/v1/evaluator/core.

export {
  addLists,
  equalLists,
  exceeded,
  formatList,
  listText,
  maskList,
  nonZero,
  readList,
  subtractToZero,
  type Resources,
} from './resource-list.ts'
export { quotaMatches } from './scopes.ts'
export { canonicalHard, freesQuota, quotaTypes, quotaUsage } from './usage.ts'
export { evaluatorOf, IGNORED_BY_QUOTA, type QuotaEvaluator } from './evaluators.ts'
