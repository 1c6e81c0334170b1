// Role based access control: the policy every cluster starts with (bootstrap-*), rules and what they allow (policy-rule,
// rule-coverage), whose rules apply (rule-resolver), the authorizer over them, and the check that nobody grants more than
// they hold (escalation). Source: kubernetes plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac.

export { alwaysAllow, rbacAuthorizer } from './authorizer.ts'
export { aggregatedRules } from './aggregation.ts'
export { bootstrapSource } from './bootstrap-policy.ts'
export { installBootstrapPolicy } from './install-policy.ts'
export { storedPolicy } from './policy-source.ts'
