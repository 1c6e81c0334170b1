// Warnings about Jobs, also about those a CronJob makes. Source: kubernetes pkg/api/job/warnings.go.

import type { JobSpec } from '../../objects/index.ts'
import { warnAboutPodSpec } from '../pods/pod-warnings.ts'

const MANY_COMPLETIONS = 100_000
const HIGH_PARALLELISM = 10_000
const TEXT =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be ' +
  'able to track completedIndexes when a big number of indexes fail'

export function warnAboutJob(spec: JobSpec, path: string, warn: (text: string) => void): void {
  const { completionMode, completions = 0, parallelism = 0, template } = spec
  if (completionMode === 'Indexed' && completions > MANY_COMPLETIONS && parallelism > HIGH_PARALLELISM) {
    warn(`${path}: ${TEXT}`)
  }
  if (template.spec !== undefined) warnAboutPodSpec(template.spec, `${path}.template.spec`, warn, template.metadata)
}
