// Runs one kind's strategy the way the pipeline does, without a server: defaults, preparation, allocation, validation.
// For tests of kinds.

import { Random, type Clock } from '@podwire/engine'
import type { KubeObject } from '../objects/kube-object.ts'
import { StatusError } from '../status/status-error.ts'
import type { FieldError } from '../validation/field-error.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { createIpAllocator } from './core/ip-allocator.ts'
import { createPortAllocator } from './core/port-allocator.ts'
import type { Mutable, Resource, StrategyContext } from './resource.ts'
import { statusErrors, updateErrors } from './update-checks.ts'

const clock: Clock = {
  now: () => 0,
  wallTimeMs: () => Date.UTC(2026, 0, 1),
  timestamp: () => '2026-01-01T00:00:00Z',
  microTimestamp: () => '2026-01-01T00:00:00.000000Z',
}

export interface TestContext extends StrategyContext {
  readonly warnings: string[]
}

/** @param objects what `find` finds, by `kind/name` @param serviceCidr ranges of ClusterIPs, primary family first */
export function testContext(
  objects: ReadonlyMap<string, KubeObject> = new Map(),
  dryRun = false,
  serviceCidr = '10.96.0.0/12',
): TestContext {
  const warnings: string[] = []
  return {
    clock,
    random: new Random(1),
    kubernetesVersion: { major: 1, minor: 36 },
    allocators: { clusterIps: createIpAllocator(serviceCidr), nodePorts: createPortAllocator('30000-32767') },
    dryRun,
    find: <Found extends KubeObject>(
      type: { readonly kind: string; readonly object?: Found },
      _: unknown,
      name: string,
    ) => objects.get(`${type.kind}/${name}`) as Found | undefined,
    warn: (text) => warnings.push(text),
    warnings,
  }
}

function complete<T extends KubeObject>(resource: Resource<T>, object: object): Mutable<T> {
  const metadata = {
    name: 'x',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: clock.timestamp(),
  }
  const given = structuredClone(object) as { readonly metadata?: object }
  return {
    apiVersion: resource.type.group === '' ? resource.type.version : `${resource.type.group}/${resource.type.version}`,
    kind: resource.type.kind,
    ...given,
    metadata: { ...metadata, ...given.metadata },
  } as unknown as Mutable<T>
}

/** @throws StatusError when the object is refused */
export function create<T extends KubeObject>(
  resource: Resource<T>,
  object: object,
  context: TestContext = testContext(),
): T {
  const { strategy } = resource
  const draft = complete(resource, object)
  strategy.defaults?.(draft, context)
  strategy.dropDisabled?.(draft)
  strategy.prepareForCreate?.(draft, context)
  const rollback = strategy.allocate?.(draft, undefined, context)
  const made = draft as unknown as T
  finish(
    resource,
    made,
    [...(strategy.validate?.(made, context) ?? []), ...(strategy.validateCreate?.(made, context) ?? [])],
    rollback,
  )
  strategy.completeCreate?.(draft)
  strategy.warn?.(made, context)
  return made
}

/** @throws StatusError when the change is refused */
export function update<T extends KubeObject>(resource: Resource<T>, old: T, object: object, context: TestContext): T {
  const { strategy } = resource
  const draft = complete(resource, object)
  strategy.defaults?.(draft, context)
  strategy.dropDisabled?.(draft)
  strategy.prepareForUpdate?.(draft, old, context)
  const rollback = strategy.allocate?.(draft, old, context)
  const made = draft as unknown as T
  finish(resource, made, updateErrors(resource, made, old, context), rollback)
  strategy.warn?.(made, context, old)
  return made
}

/** Through `/status`. @throws StatusError when the change is refused */
export function updateStatus<T extends KubeObject>(
  resource: Resource<T>,
  old: T,
  status: object,
  context: TestContext = testContext(),
): T {
  const { strategy } = resource
  const draft = complete(resource, { ...old, status })
  strategy.defaults?.(draft, context)
  const made = draft as unknown as T
  finish(resource, made, statusErrors(resource, made, old, context), undefined)
  return made
}

function finish<T extends KubeObject>(
  resource: Resource<T>,
  object: T,
  errors: readonly FieldError[],
  rollback: (() => void) | undefined,
): void {
  if (errors.length === 0) return
  rollback?.()
  throw invalidStatus(resource.type.kind, resource.type.group, object.metadata.name, errors)
}

/** The message a call is refused with; empty when it is not. */
export function refusal(call: () => unknown): string {
  try {
    call()
    return ''
  } catch (error) {
    if (error instanceof StatusError) return error.message
    throw error
  }
}
