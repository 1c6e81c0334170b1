import { describe, expect, it } from 'vitest'
import { podDisruptionBudgets, pods } from '../resources/served-types.ts'
import type { Pod, PodDisruptionBudget } from '../objects/index.ts'
import { HandlerServer } from './handler.suite.ts'

const READY = { type: 'Ready', status: 'True' }
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."

/** A running pod `a` under a budget `b`. */
function cluster(
  budget: object,
  { spec = {}, conditions = [READY] as object[], labels = { app: 'x' } as object } = {},
): HandlerServer {
  const server = new HandlerServer()
  const metadata = { name: 'a', labels }
  server.object('create', pods, {
    body: { metadata, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } },
  })
  const status = { phase: 'Running', conditions }
  patchStatus(server, pods, 'a', status)
  addBudget(server, 'b', budget, spec)
  return server
}

function addBudget(server: HandlerServer, name: string, status: object, spec: object = {}): void {
  const body = { metadata: { name }, spec: { selector: { matchLabels: { app: 'x' } }, ...spec } }
  server.object('create', podDisruptionBudgets, { body })
  patchStatus(server, podDisruptionBudgets, name, { observedGeneration: 1, expectedPods: 1, ...status })
}

function patchStatus(
  server: HandlerServer,
  type: typeof pods | typeof podDisruptionBudgets,
  name: string,
  status: object,
): void {
  const contentType = 'application/merge-patch+json'
  server.object('patch', type as typeof pods, { name, subresource: 'status', contentType, body: { status } })
}

const evict = (server: HandlerServer, name: string, deleteOptions?: object): ReturnType<HandlerServer['status']> =>
  server.status('create', pods, {
    name,
    subresource: 'eviction',
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, deleteOptions },
  })

const NONE = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 }
const failed = (reason: string): object => ({
  conditions: [
    { type: 'DisruptionAllowed', status: 'False', reason, message: 'why', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
})

describe('an eviction is refused', () => {
  it.each<[string, object, object, object]>([
    [
      'by a budget nobody has looked at',
      { observedGeneration: 0 },
      {},
      { cause: 'is still being processed by the server.' },
    ],
    ['by a budget that is used up', NONE, {}, { cause: 'needs 1 healthy pods and has 1 currently' }],
    [
      'though unready pods may always go',
      NONE,
      { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
      { cause: 'needs 1 healthy pods and has 1 currently' },
    ],
    [
      'by one that could not be counted',
      { ...NONE, ...failed('SyncFailed') },
      {},
      { cause: 'does not allow evicting pods currently because it failed sync: why' },
    ],
    [
      'by one with more than enough, for a reason',
      { ...NONE, currentHealthy: 2, ...failed('Other') },
      {},
      { cause: 'does not allow evicting pods currently (Other): why' },
    ],
    [
      'by one with more than enough, for none',
      { ...NONE, currentHealthy: 2 },
      {},
      { cause: 'does not allow evicting pods currently' },
    ],
    [
      'where too few others are healthy',
      { ...NONE, currentHealthy: 0 },
      { conditions: [] },
      { cause: 'needs 1 healthy pods and has 0 currently' },
    ],
  ])('%s', (_, budget, pod, { cause }: { cause?: string }) => {
    const status = evict(cluster(budget, pod), 'a')
    expect(status).toMatchObject({ code: 429, reason: 'TooManyRequests', message: REFUSED })
    const { causes, ...details } = status.details ?? {}
    expect(causes).toEqual([{ reason: 'DisruptionBudget', message: `The disruption budget b ${cause}` }])
    expect(details).toEqual(cause?.startsWith('is still') === true ? { retryAfterSeconds: 10 } : {})
  })

  it('by two budgets, with a Status that gives no reason', () => {
    const server = cluster({ ...NONE, disruptionsAllowed: 1 })
    addBudget(server, 'c', { ...NONE, disruptionsAllowed: 1 })
    const asked = { name: 'a', subresource: 'eviction', body: { metadata: { name: 'a' } } }
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
    expect(server.ask('create', pods, asked)).toMatchObject({
      code: 500,
      status: { status: 'Failure', message, code: 500 },
    })
    expect(() =>
      server.server.client.create(pods, { metadata: { name: 'a' } } as Pod, { subresource: 'eviction' }),
    ).toThrow(message)
  })

  it.each([
    ['another name', 'b', {}, 400, 'name in URL does not match name in Eviction object'],
    [
      'another uid',
      'a',
      { preconditions: { uid: 'u' } },
      409,
      'Operation cannot be fulfilled on Pod "a": the UID in the precondition (u) does not match the UID in record',
    ],
  ])('with %s', (_, url, deleteOptions, code, message) => {
    const server = cluster({ ...NONE, disruptionsAllowed: 1 })
    const body = { metadata: { name: 'a' }, deleteOptions }
    const status = server.status('create', pods, { name: url, subresource: 'eviction', body })
    expect(status).toMatchObject({ code })
    expect(status.message).toContain(message)
    expect(server.object('get', pods, { name: 'a' }).metadata.deletionTimestamp).toBeUndefined()
  })
})

describe('an eviction', () => {
  it('whose body and query do not agree about a dry run is refused, whether there is a pod or not', () => {
    const server = cluster({ ...NONE, disruptionsAllowed: 2 })
    const body = { metadata: { name: 'x' }, deleteOptions: { dryRun: ['x'] } }
    const status = server.status('create', pods, { name: 'x', subresource: 'eviction', body, query: 'dryRun=All' })
    expect(status).toMatchObject({
      code: 500,
      message: 'Non-matching dry-run options in request and content: [All] and [x]',
    })
  })

  it('that the DELETE refuses has left its note', () => {
    const server = cluster({ ...NONE, disruptionsAllowed: 2 }, {})
    expect(evict(server, 'a', { propagationPolicy: 'x' })).toMatchObject({ code: 422 })
    const { metadata, status } = server.object('get', pods, { name: 'a' }) as Pod
    expect(metadata.deletionTimestamp).toBeUndefined()
    expect(status?.conditions?.map(({ type }) => type)).toContain('DisruptionTarget')
  })

  it.each<[string, object, object, number]>([
    ['takes from a budget', { ...NONE, disruptionsAllowed: 2 }, {}, 1],
    ['of an unready pod takes nothing where enough are healthy', NONE, { conditions: [] }, 0],
    [
      'of an unready pod takes nothing where it may always go',
      { ...NONE, currentHealthy: 0 },
      { conditions: [], spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
      0,
    ],
    [
      'of a pod without labels takes from a budget of all pods',
      { ...NONE, disruptionsAllowed: 2 },
      { labels: {}, spec: { selector: {} } },
      1,
    ],
  ])('%s', (_, budget, pod, left) => {
    const server = cluster(budget, pod)
    const { resourceVersion } = server.object('get', pods, { name: 'a' }).metadata
    expect(evict(server, 'a', { preconditions: { resourceVersion } })).toMatchObject({ status: 'Success', code: 201 })
    const { status } = server.object('get', podDisruptionBudgets, { name: 'b' }) as PodDisruptionBudget
    expect(status?.disruptionsAllowed).toBe(left)
    const { status: { conditions = [] } = {} } = server.object('get', pods, { name: 'a' }) as Pod
    expect(conditions.map(({ type }) => type)).toContain('DisruptionTarget')
  })

  it('that uses up a budget says so', () => {
    const server = cluster({ ...NONE, disruptionsAllowed: 1 })
    evict(server, 'a')
    const { status } = server.object('get', podDisruptionBudgets, { name: 'b' }) as PodDisruptionBudget
    expect(status?.disruptedPods).toHaveProperty('a')
    expect(status?.conditions).toMatchObject([
      { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', observedGeneration: 1 },
    ])
  })
})
