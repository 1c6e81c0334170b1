// Priority: a pod's priority is its PriorityClass's, or the global default class's; there is one such default.
// Source: kubernetes plugin/pkg/admission/priority/admission.go.

import type { Pod, PriorityClass } from '../objects/index.ts'
import type { Write } from '../pipeline/write.ts'
import type { Mutable } from '../resources/resource.ts'
import { pods, priorityClasses } from '../resources/served-types.ts'
import { knownObjects } from '../store/known-objects.ts'
import { podRefused, refusedAfterValidation, type AdmissionPlugin } from './plugin.ts'

const DEFAULT_POLICY = 'PreemptLowerPriority'

function valueOf({ value = 0 }: PriorityClass): number {
  return value
}

/** When a race left several, the lowest counts. */
function globalDefault({ server }: Write): PriorityClass | undefined {
  let found: PriorityClass | undefined
  for (const candidate of knownObjects(server.store, priorityClasses)) {
    if (candidate.globalDefault !== true) continue
    if (found === undefined || valueOf(candidate) < valueOf(found)) found = candidate
  }
  return found
}

function classOf(write: Write, name: string): PriorityClass | undefined {
  if (name === '') return globalDefault(write)
  const found = write.server.store.get(priorityClasses, undefined, name)
  if (found === undefined) throw podRefused(write, `no PriorityClass with name ${name} was found`)
  return found
}

function admitPod(write: Write): void {
  const { spec } = write.object as unknown as Mutable<Pod>
  const found = classOf(write, spec.priorityClassName ?? '')
  if (found !== undefined) spec.priorityClassName = found.metadata.name
  const priority = found?.value ?? 0
  const policy = found?.preemptionPolicy ?? DEFAULT_POLICY
  const computed = 'must not be provided in pod spec; priority admission controller computed'
  if (spec.priority !== undefined && spec.priority !== priority) {
    const what = `the integer value of priority (${spec.priority})`
    throw podRefused(write, `${what} ${computed} ${priority} from the given PriorityClass name`)
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    const what = `the string value of PreemptionPolicy (${spec.preemptionPolicy})`
    throw podRefused(write, `${what} ${computed} ${policy} from the given PriorityClass name`)
  }
  spec.priority = priority
  spec.preemptionPolicy = policy
}

/** An update that leaves out what admission added keeps it. */
function keepPriority(pod: Mutable<Pod>, old: Pod): void {
  if (pod.spec === old.spec) return
  if (pod.spec.priority === undefined && old.spec.priority !== undefined) pod.spec.priority = old.spec.priority
  if (pod.spec.preemptionPolicy === undefined && old.spec.preemptionPolicy !== undefined) {
    pod.spec.preemptionPolicy = old.spec.preemptionPolicy
  }
}

export const priority: AdmissionPlugin = {
  name: 'Priority',
  admit: (write) => {
    if (write.resource.type !== pods) return
    if (write.old === undefined) admitPod(write)
    else keepPriority(write.object as unknown as Mutable<Pod>, write.old as Pod)
  },
  validate: (write) => {
    if (write.resource.type !== priorityClasses) return
    const object = write.object as unknown as PriorityClass
    if (object.globalDefault !== true) return
    const known = globalDefault(write)
    if (known === undefined || (write.old !== undefined && known.metadata.name === object.metadata.name)) return
    const why = `PriorityClass ${known.metadata.name} is already marked as default. Only one default can exist`
    throw refusedAfterValidation(write, why)
  },
}
