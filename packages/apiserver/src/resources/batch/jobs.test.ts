// Jobs and CronJobs, rule by rule: paths and texts as kube-apiserver 1.36 has them.

import { describe, expect, it } from 'vitest'
import { countIndexes, overlapProblem } from './completion-indexes.ts'
import { cronJob } from './cron-job.ts'
import { job } from './job.ts'
import { create, refusal, testContext, update, updateStatus } from '../strategy-run.suite.ts'

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'img:1' }] } }
const indexed = { template, completionMode: 'Indexed', completions: 5, parallelism: 2 }
const rule = (fields: object): object => ({ spec: { template, podFailurePolicy: { rules: [fields] } } })
const codes = (fields: object): object => rule({ action: 'FailJob', onExitCodes: { operator: 'In', ...fields } })
const refused = (object: object): string =>
  refusal(() => create(job, object)).replace(/^Job.batch "x" is invalid: /, '')
const at = 'spec.podFailurePolicy.rules[0]'

describe('sets of indexes', () => {
  it.each([
    ['', 0],
    ['0,2-4', 4],
    ['3,2', 'non-increasing order, previous: 3, current: 2'],
    ['2-2', 'non-increasing order, previous: 2, current: 2'],
    ['9', 'too large index: "9"'],
    ['9223372036854775808', 'cannot convert string to integer for index: "9223372036854775808"'],
    ['a', 'cannot convert string to integer for index: "a"'],
    [
      '1-2-3',
      'the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by \'-\'',
    ],
  ])('%j', (text, expected) => {
    expect(countIndexes(text, 5)).toBe(expected)
  })

  it('overlap where they share one', () => {
    expect(overlapProblem('0-2,4', '3', 5)).toBeUndefined()
    expect(overlapProblem('0-2,4', '1-3', 5)).toBe('failedIndexes and completedIndexes overlap at index: 1')
    expect(overlapProblem('x,0', '0', 5)).toBe('failedIndexes and completedIndexes overlap at index: 0')
  })
})

describe('a Job is refused for', () => {
  it.each<[string, object, string]>([
    [
      'a label that is not its own',
      { spec: { template: { ...template, metadata: { labels: { 'job-name': 'y' } } } } },
      'spec.template.metadata.labels[job-name]: Invalid value: {"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"x","controller-uid":"u","job-name":"y"}: must be \'x\'',
    ],
    [
      'a manager without a domain',
      { spec: { template, managedBy: 'me' } },
      'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [
      'failed indexes without a limit for each',
      { spec: { ...indexed, maxFailedIndexes: 2 } },
      'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
    ],
    [
      'more failed indexes than indexes',
      { spec: { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 6 } },
      'spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions',
    ],
    [
      'a limit for each index of none',
      { spec: { template, backoffLimitPerIndex: 1 } },
      'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
    ],
    [
      'too much at once',
      { spec: { ...indexed, parallelism: 100_001 } },
      'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
    ],
    [
      'many indexes without a limit',
      { spec: { ...indexed, completions: 100_001, parallelism: 10_001, backoffLimitPerIndex: 1 } },
      '[spec.maxFailedIndexes: Required value: must be specified when completions is above 100000, spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index]',
    ],
    [
      'a name too long for its pods',
      { metadata: { name: 'a'.repeat(62) }, spec: indexed },
      `Job.batch "${'a'.repeat(62)}" is invalid: metadata.name: Invalid value: "${'a'.repeat(62)}": will not able to create pod with invalid DNS label: ${'a'.repeat(62)}-4`,
    ],
    [
      'no action',
      rule({ onExitCodes: { operator: 'In', values: [1] } }),
      `${at}.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`,
    ],
    [
      'an action',
      rule({ action: 'X', onExitCodes: { operator: 'In', values: [1] } }),
      `${at}.action: Unsupported value: "X": supported values: "Count", "FailIndex", "FailJob", "Ignore"`,
    ],
    [
      'FailIndex without indexes',
      rule({ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }),
      `${at}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
    ],
    [
      'a rule about nothing',
      rule({ action: 'Ignore' }),
      `${at}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
    ],
    [
      'a rule about both',
      rule({
        action: 'Ignore',
        onExitCodes: { operator: 'In', values: [1] },
        onPodConditions: [{ type: 'DisruptionTarget' }],
      }),
      `${at}: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported`,
    ],
    [
      'a condition status',
      rule({ action: 'Ignore', onPodConditions: [{ type: 'a b', status: 'X' }] }),
      `[${at}.onPodConditions[0].type: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'), ${at}.onPodConditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"]`,
    ],
    [
      'exit codes out of order',
      codes({ values: [3, 1, 1, 0], containerName: 'other' }),
      `[${at}.onExitCodes.containerName: Invalid value: "other": must be one of the container or initContainer names in the pod template, ${at}.onExitCodes.values[2]: Duplicate value: 1, ${at}.onExitCodes.values[3]: Invalid value: 0: must not be 0 for the In operator, ${at}.onExitCodes.values: Invalid value: [3,1,1,0]: must be ordered]`,
    ],
    [
      'no exit codes and another operator',
      rule({ action: 'FailJob', onExitCodes: { operator: 'X', values: [] } }),
      `[${at}.onExitCodes.operator: Unsupported value: "X": supported values: "In", "NotIn", ${at}.onExitCodes.values: Invalid value: []: at least one value is required]`,
    ],
    [
      'replacement beside a policy',
      {
        spec: {
          template,
          podReplacementPolicy: 'TerminatingOrFailed',
          podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
        },
      },
      'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
    ],
    [
      'success of no indexes',
      { spec: { template, successPolicy: { rules: [{ succeededCount: 1 }] } } },
      'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode',
    ],
    [
      'success rules',
      {
        spec: {
          ...indexed,
          successPolicy: { rules: [{}, { succeededIndexes: '7' }, { succeededIndexes: '0-1', succeededCount: 3 }] },
        },
      },
      '[spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified, spec.successPolicy.rules[1].succeededIndexes: Invalid value: "7": error parsing succeededIndexes: too large index: "7", spec.successPolicy.rules[2].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)]',
    ],
  ])('%s', (_, object, expected) => {
    expect(refused(object)).toBe(expected)
  })
})

describe('a Job that changes', () => {
  const changed = (from: object, to: (spec: object) => object, status: object = {}): string => {
    const made = create(job, { spec: from })
    const old = { ...made, status }
    return refusal(() => update(job, old, { ...made, spec: to(made.spec) }, testContext())).replace(
      /^Job.batch "x" is invalid: /,
      '',
    )
  }

  it.each<[string, object, object, object, string]>([
    ['may be elastic', indexed, { completions: 7, parallelism: 7 }, {}, ''],
    [
      'keeps its completions otherwise',
      indexed,
      { completions: 7 },
      {},
      'spec.completions: Invalid value: 7: can only be modified in tandem with spec.parallelism',
    ],
    [
      'keeps its policy',
      { template, podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'A' }] }] } },
      { podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [1] } }] } },
      {},
      'spec.podFailurePolicy: Invalid value: {"Rules":[{"Action":"Ignore","OnExitCodes":{"ContainerName":null,"Operator":"In","Values":[1]},"OnPodConditions":null}]}: field is immutable',
    ],
  ])('%s', (_, from, to, status, expected) => {
    expect(changed(from, (spec) => ({ ...spec, ...to }), status)).toBe(expected)
  })

  const held = { startTime: '2026-01-01T00:00:00Z', conditions: [{ type: 'Suspended', status: 'True' }] }
  const given = { name: 'main', image: 'img:1', resources: { requests: { cpu: '1' } } }

  it.each<[string, boolean, object, object, boolean]>([
    ['node selector before it started', true, {}, { nodeSelector: { a: 'b' } }, true],
    ['node selector of a running one', false, {}, { nodeSelector: { a: 'b' } }, false],
    ['node selector once it started', true, { startTime: '2026-01-01T00:00:00Z' }, { nodeSelector: { a: 'b' } }, false],
    ['node affinity before it started', true, {}, { affinity: { nodeAffinity: {} } }, true],
    ['pod affinity never', true, {}, { affinity: { podAffinity: {} } }, false],
    ['resources while its controller holds it', true, held, { containers: [given] }, true],
    ['resources before it started', true, {}, { containers: [given] }, true],
    ['node selector while its controller holds it', true, held, { nodeSelector: { a: 'b' } }, true],
    ['node selector while a pod of it runs', true, { ...held, active: 1 }, { nodeSelector: { a: 'b' } }, false],
    ['image never', true, {}, { containers: [{ name: 'main', image: 'img:2' }] }, false],
  ])('%s', (_, suspend, status, pod, allowed) => {
    const next = { suspend, template: { ...template, spec: { ...template.spec, ...pod } } }
    const message = changed(
      { template, suspend },
      (spec) => {
        const { labels } = (spec as { template: { metadata: { labels: object } } }).template.metadata
        return { ...spec, ...next, template: { ...next.template, metadata: { labels } } }
      },
      status,
    )
    expect(message.includes('field is immutable')).toBe(!allowed)
  })
})

describe("a Job's status", () => {
  const when = '2026-01-01T00:00:00Z'
  const holds = (...types: readonly string[]): object => ({
    conditions: types.map((type) => ({ type, status: 'True' })),
  })
  const done = { startTime: when, completionTime: when, ...holds('SuccessCriteriaMet', 'Complete') }

  it.each<[string, object, object, string]>([
    ['may be complete', {}, done, ''],
    ['may stay wrong', { ...holds('Failed') }, { ...holds('Failed'), failed: 1 }, ''],
    [
      'needs more than a claim',
      {},
      holds('Complete'),
      '[status.completionTime: Required value: completionTime is required for Complete jobs, status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition, status.startTime: Required value: startTime is required for finished job]',
    ],
    [
      'ends after it starts',
      {},
      { ...done, completionTime: '2025-12-31T00:00:00Z' },
      'status.completionTime: Invalid value: "2025-12-31T00:00:00Z": must be equal to or after `startTime`',
    ],
    [
      'fails for a reason',
      {},
      { startTime: when, ...holds('Failed') },
      'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
    ],
    [
      'is final',
      done,
      { startTime: when, completionTime: when },
      '[status.completionTime: Invalid value: "2026-01-01T00:00:00Z": cannot set completionTime when there is no Complete=True condition, status.conditions: Invalid value: cannot disable the terminal Complete=True condition, status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition]',
    ],
    [
      'does not count down',
      { failed: 2, succeeded: 2 },
      { failed: 1, succeeded: 1 },
      '[status.failed: Invalid value: 1: cannot decrease the failed counter, status.succeeded: Invalid value: 1: cannot decrease the succeeded counter]',
    ],
    ['has ready pods', {}, { ready: 1 }, 'status.ready: Invalid value: 1: cannot set more ready pods than active'],
    [
      'has indexes of indexed jobs',
      {},
      { completedIndexes: '0' },
      'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
    ],
    [
      'counts each pod once',
      {},
      { uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } },
      '[status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty, status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"]',
    ],
    [
      'keeps its start',
      { startTime: when },
      {},
      'status.startTime: Required value: startTime cannot be removed for unsuspended job',
    ],
  ])('%s', (_, before, status, expected) => {
    const old = { ...create(job, { spec: { template } }), status: before }
    expect(refusal(() => updateStatus(job, old, status)).replace(/^Job.batch "x" is invalid: /, '')).toBe(expected)
  })
})

describe("a suspended Job's status", () => {
  const when = '2026-01-01T00:00:00Z'
  const suspended = (status: string): object => ({ conditions: [{ type: 'Suspended', status }] })
  const done = ['SuccessCriteriaMet', 'Complete'].map((type) => ({ type, status: 'True' }))

  it.each<[string, object, object, object, string]>([
    ['may lose its start', { suspend: true }, { startTime: when }, {}, ''],
    ['may lose it as it resumes', {}, { startTime: when, ...suspended('True') }, suspended('False'), ''],
    ['is done of no pods', { suspend: true, completions: 0 }, {}, { completionTime: when, conditions: done }, ''],
    [
      'is not done of one',
      { suspend: true },
      {},
      { completionTime: when, conditions: done },
      'status.startTime: Required value: startTime is required for finished job',
    ],
  ])('%s', (_, spec, before, status, expected) => {
    const old = { ...create(job, { spec: { template, ...spec } }), status: before }
    expect(refusal(() => updateStatus(job, old, status)).replace(/^Job.batch "x" is invalid: /, '')).toBe(expected)
  })
})

describe('CronJobs', () => {
  const spec = { schedule: '* * * * *', jobTemplate: { spec: { template } } }

  it.each<[string, object, string]>([
    ['a zone', { timeZone: 'Europe/Berlin' }, ''],
    ['an alias of a zone', { timeZone: 'US/Pacific' }, ''],
    ['Etc', { timeZone: 'Etc/GMT+3' }, ''],
    ['no zone', { timeZone: '' }, 'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
    [
      'the local zone',
      { timeZone: 'Local' },
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    [
      'another case',
      { timeZone: 'europe/berlin' },
      'spec.timeZone: Invalid value: "europe/berlin": unknown time zone europe/berlin',
    ],
    ['an offset', { timeZone: '+03' }, 'spec.timeZone: Invalid value: "+03": unknown time zone +03'],
    [
      'a zone in a bad schedule',
      { schedule: 'TZ=UTC * * * *' },
      '[spec.schedule: Invalid value: "TZ=UTC * * * *": expected exactly 5 fields, found 4: [* * * *], spec.schedule: Invalid value: "TZ=UTC * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead]',
    ],
    [
      'a manual selector',
      { jobTemplate: { spec: { template, manualSelector: true } } },
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
  ])('%s', (_, fields, expected) => {
    const message = refusal(() => create(cronJob, { spec: { ...spec, ...fields } }))
    expect(message.replace(/^CronJob.batch "x" is invalid: /, '')).toBe(expected)
  })

  it('let an old zone in the schedule be, with a warning', () => {
    const context = testContext()
    const made = create(cronJob, { spec })
    const old = { ...made, spec: { ...made.spec, schedule: 'TZ=UTC * * * * *' } }
    update(cronJob, old, { ...old, spec: { ...old.spec, suspend: true } }, context)
    expect(context.warnings).toEqual([
      'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    ])
  })
})
