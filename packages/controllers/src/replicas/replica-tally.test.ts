import { type Informer, type InformerChange, type Pod, type ReplicaSet, splitObjectKey } from '@podwire/apiserver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FreshView } from '../manager/fresh-view.ts'
import { controllerUidKeys } from '../objects/owner.ts'
import { claimObjects } from './claim.ts'
import { countReplicas } from './reconcile.ts'
import { ReplicaTallies } from './replica-tally.ts'

const LABELS = { app: 'web', tier: 'front' }

/** What an informer would tell, told when the test says so. */
class PlayedInformer implements Informer<Pod> {
  readonly pods = new Map<string, Pod>()
  readonly #handlers: ((change: InformerChange<Pod>) => void)[] = []

  get(_namespace: string | undefined, name: string): Pod | undefined {
    return this.pods.get(name)
  }

  byKey(key: string): Pod | undefined {
    return this.pods.get(splitObjectKey(key).name)
  }

  list(): readonly Pod[] {
    return [...this.pods.values()]
  }

  inNamespace(): readonly Pod[] {
    return this.list()
  }

  addIndex(): void {}

  byIndex(_index: string, key: string): readonly Pod[] {
    return this.list().filter((pod) => controllerUidKeys(pod).includes(key))
  }

  onChange(handler: (change: InformerChange<Pod>) => void): void {
    this.#handlers.push(handler)
  }

  deliver(type: 'set' | 'deleted', pod: Pod): void {
    const old = this.pods.get(pod.metadata.name)
    if (type === 'set') this.pods.set(pod.metadata.name, pod)
    else this.pods.delete(pod.metadata.name)
    for (const handler of this.#handlers) {
      if (type === 'deleted') handler({ type, object: pod, last: old })
      else handler(old === undefined ? { type: 'added', object: pod } : { type: 'updated', object: pod, old })
    }
  }
}

const ownerNamed = (uid: string, generation: number): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: uid, namespace: 'default', uid, generation, creationTimestamp: '', resourceVersion: '1' },
  spec: { selector: { matchLabels: { app: 'web' } } },
})

interface Step {
  readonly by: 'somebody' | 'the controller'
  readonly pod: number
  readonly owner: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly phase: string
  readonly ready: boolean
  readonly what: 'write' | 'mark' | 'delete' | 'deliver' | 'spec'
}

const podOf = ({ pod, owner, labels, phase, ready, what }: Step, revision: number): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'default',
    name: `web-${pod}`,
    uid: `web-${pod}`,
    creationTimestamp: '',
    resourceVersion: String(revision),
    labels,
    ...(what === 'mark' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    ...(owner === undefined
      ? {}
      : {
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
        }),
  },
  spec: { containers: [] },
  status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})

const step: fc.Arbitrary<Step> = fc.record({
  by: fc.constantFrom('somebody', 'the controller'),
  pod: fc.nat(4),
  owner: fc.constantFrom('a', 'a', 'b', undefined),
  labels: fc.constantFrom(LABELS, { app: 'web' }, { app: 'other' }),
  phase: fc.constantFrom('Pending', 'Running', 'Failed'),
  ready: fc.boolean(),
  what: fc.constantFrom('write', 'write', 'mark', 'delete', 'deliver', 'deliver', 'deliver', 'spec'),
})

test('a tally is what counting all pods gives, whoever changes them and whenever it is heard of', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const informer = new PlayedInformer()
      const selects = (_owner: ReplicaSet, pod: Pod): boolean => pod.metadata.labels?.app === 'web'
      const tallies = new ReplicaTallies<ReplicaSet>(selects, () => LABELS)
      const view = new FreshView<Pod>(informer, (before, after) => tallies.changed(before, after))
      view.addIndex('controller-uid', controllerUidKeys)
      const stored = new Map<string, Pod>()
      const undelivered: { readonly type: 'set' | 'deleted'; readonly pod: Pod }[] = []
      let revision = 0
      let generation = 1
      for (const one of steps) {
        const pod = podOf(one, ++revision)
        const { name } = pod.metadata
        if (one.what === 'spec') generation++
        else if (one.what === 'deliver') {
          const next = undelivered.shift()
          if (next !== undefined) informer.deliver(next.type, next.pod)
        } else if (one.what === 'delete') {
          if (!stored.delete(name)) continue
          undelivered.push({ type: 'deleted', pod })
          if (one.by === 'the controller') view.removed(pod)
        } else {
          stored.set(name, pod)
          undelivered.push({ type: 'set', pod })
          if (one.by === 'the controller') view.wrote(pod)
        }
        for (const owner of [ownerNamed('a', generation), ownerNamed('b', 1)]) {
          const own = view.byIndex('controller-uid', owner.metadata.uid)
          const { owned, release } = claimObjects(owner, own, (candidate) => selects(owner, candidate))
          const expected = release.length > 0 ? undefined : countReplicas(owned, LABELS, 0, 0)
          expect(tallies.countsOf(owner, () => own)).toEqual(expected)
        }
      }
    }),
    { numRuns: 200, seed: 42 },
  )
})
