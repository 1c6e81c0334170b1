// Kinds of batch, apps, policy and networking: texts as kube-apiserver 1.36 answers them.

import { describe, expect, it } from 'vitest'
import { cronScheduleProblem } from './batch/cron-schedule.ts'
import { cronJob } from './batch/cron-job.ts'
import { job } from './batch/job.ts'
import { daemonSet } from './apps/daemon-set.ts'
import { statefulSet } from './apps/stateful-set.ts'
import { networkPolicy } from './networking/network-policy.ts'
import { serviceCidr } from './networking/service-cidr.ts'
import { podDisruptionBudget } from './policy/pod-disruption-budget.ts'
import { create, refusal, testContext, update } from './strategy-run.suite.ts'

const labelled = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'img:1' }] },
}
const workload = { selector: { matchLabels: { app: 'web' } }, template: labelled }
const once = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'img:1' }] } }

describe('cron schedules', () => {
  it.each([
    ['*/5 * * * *', undefined],
    ['@hourly', undefined],
    ['@every 1h30m', undefined],
    ['@every +1.5h.5s', undefined],
    ['@every 0', undefined],
    ['@every', 'unrecognized descriptor: @every'],
    ['@every ', 'failed to parse duration @every : time: invalid duration ""'],
    ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
    ['@every 5', 'failed to parse duration @every 5: time: missing unit in duration "5"'],
    ['@every 1d', 'failed to parse duration @every 1d: time: unknown unit "d" in duration "1d"'],
    ['0 0 1 jan-mar mon', undefined],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@never', 'unrecognized descriptor: @never'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ])('%s', (schedule, problem) => {
    expect(cronScheduleProblem(schedule)).toBe(problem)
  })
})

describe('refusals', () => {
  it.each([
    [
      'a CronJob that names a zone in its schedule',
      () => create(cronJob, { spec: { schedule: 'TZ=UTC * * * * *', jobTemplate: { spec: { template: once } } } }),
      'CronJob.batch "x" is invalid: spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [
      'a Job that restarts always',
      () => create(job, { spec: { template: { spec: { containers: [{ name: 'main', image: 'img:1' }] } } } }),
      'Job.batch "x" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      'a DaemonSet that may neither miss nor add pods',
      () => create(daemonSet, { spec: { ...workload, updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } } }),
      'DaemonSet.apps "x" is invalid: spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
    ],
    [
      'a StatefulSet with another way of managing pods',
      () => create(statefulSet, { spec: { ...workload, podManagementPolicy: 'X' } }),
      'StatefulSet.apps "x" is invalid: spec.podManagementPolicy: Invalid value: "X": must be \'OrderedReady\' or \'Parallel\'',
    ],
    [
      'a budget with both bounds',
      () => create(podDisruptionBudget, { spec: { minAvailable: 1, maxUnavailable: 1 } }),
      'PodDisruptionBudget.policy "x" is invalid: spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ],
    [
      'a policy whose exception is elsewhere',
      () =>
        create(networkPolicy, {
          spec: { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }] }] },
        }),
      'NetworkPolicy.networking.k8s.io "x" is invalid: spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    ],
    [
      'a range with host bits',
      () => create(serviceCidr, { spec: { cidrs: ['10.100.1.1/24'] } }),
      'ServiceCIDR.networking.k8s.io "x" is invalid: spec.cidrs[0]: Invalid value: "10.100.1.1/24": must not have bits set beyond the prefix length',
    ],
  ])('%s', (_, call, text) => {
    expect(refusal(call)).toBe(text)
  })
})

describe('what the server fills in', () => {
  it('gives a Job its selector and labels', () => {
    const made = create(job, { spec: { template: once } })
    expect(made.spec.selector).toEqual({ matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } })
    expect(made.metadata.labels).toEqual(made.spec.template.metadata?.labels)
    expect(made.spec).toMatchObject({ parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed' })
  })

  it('counts the templates of a DaemonSet', () => {
    const context = testContext()
    const made = create(daemonSet, { spec: workload }, context)
    const annotated = { ...labelled, metadata: { ...labelled.metadata, annotations: { a: 'b' } } }
    const changed = update(
      daemonSet,
      made,
      { metadata: made.metadata, spec: { ...workload, template: annotated } },
      context,
    )
    expect(made.metadata.annotations).toEqual({ 'deprecated.daemonset.template.generation': '1' })
    expect(changed.metadata.annotations).toEqual({ 'deprecated.daemonset.template.generation': '2' })
  })

  it('refuses to rename the service of a StatefulSet', () => {
    const context = testContext()
    const made = create(statefulSet, { spec: { ...workload, serviceName: 'web' } }, context)
    const change = (): unknown => update(statefulSet, made, { spec: { ...workload, serviceName: 'other' } }, context)
    expect(refusal(change)).toContain("spec: Forbidden: updates to statefulset spec for fields other than 'replicas'")
  })
})
