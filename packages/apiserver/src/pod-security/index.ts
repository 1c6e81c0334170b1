// Pod Security Standards: the levels privileged, baseline and restricted, the checks they consist of, and the policy a
// namespace's labels ask for. Pure; admission/pod-security.ts applies it. Source: k8s.io/pod-security-admission.

export { violations, type Violation } from './evaluate.ts'
export { compareLevels, levelText, policyOf, type Policy, type PolicyLevel } from './policy.ts'
