// One served resource: everything the server knows about a kind. Each kind is one file in resources/<group>/ that exports a
// Resource; registry.ts lists them. The pipeline, discovery, OpenAPI, tables and patches read nothing else.

import type { Clock, Random } from '@podwire/engine'
import type { CustomKind } from '../custom-resources/custom-kind.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { FieldError } from '../validation/field-error.ts'
import type { ResourceType } from './resource-type.ts'
import type { UpdateCheck } from './update-checks.ts'

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch'

/** A column of the server-side table (`kubectl get`). Priority 1 columns show only with `-o wide`. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean' | 'date' | 'number'
  readonly format: string
  readonly description: string
  readonly priority: number
  /** In the rows, but not among the column definitions. */
  readonly undeclared?: boolean
  readonly cell: (object: T, context: { readonly clock: Clock }) => string | number | bigint | boolean | null
}

/** Plain, mutable JSON of a kind: what decoding yields and strategies edit before the object is stored and frozen. */
export type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T

/** What strategies may use of the server around them. */
export interface StrategyContext {
  readonly clock: Clock
  readonly random: Random
  /** e.g. 1.36 */
  readonly kubernetesVersion: { readonly major: number; readonly minor: number }
  readonly allocators: ServiceAllocators
  /** Nothing of this write is kept. */
  readonly dryRun: boolean
  /** The apiVersion the client speaks, where that is not the stored one. */
  readonly spoken?: string | undefined
  /** Reads another stored object, e.g. a Node when a pod is bound. */
  find<Found extends KubeObject>(
    type: ResourceType<Found>,
    namespace: string | undefined,
    name: string,
  ): Found | undefined
  /** Adds a `Warning: 299` for the client. */
  warn(text: string): void
}

/** ClusterIP and node-port allocation for Services; see resources/core/service-allocation.ts. */
export interface ServiceAllocators {
  readonly clusterIps: IpAllocator
  readonly nodePorts: PortAllocator
}

export type Family = 'IPv4' | 'IPv6'

export interface ServiceRange {
  readonly family: Family
  /** e.g. 10.96.0.0/12 */
  readonly cidr: string
}

/** A range of a ServiceCIDR people made. */
export interface FurtherRange {
  readonly cidr: string
  /** Addresses may be taken from it. */
  readonly ready: boolean
}

export interface IpAllocator {
  /** The server's own, one a family, the primary one first. */
  readonly ranges: readonly ServiceRange[]
  readonly families: readonly Family[]
  /** Takes a given address. Returns why it cannot, in the server's words, or undefined. */
  take(address: string): string | undefined
  /** Takes a free address, random in the dynamic band first; undefined when the family's range is full. Default: the primary one. */
  takeNext(random: Random, family?: Family): string | undefined
  release(address: string): void
  has(address: string): boolean
  /** Those of all ServiceCIDRs but the server's own, in the order they are used up. */
  setFurtherRanges(ranges: readonly FurtherRange[]): void
}

export interface PortAllocator {
  /** e.g. 30000-32767 */
  readonly range: string
  take(port: number): string | undefined
  takeNext(random: Random): number | undefined
  release(port: number): void
  has(port: number): boolean
}

/** Undo for side effects of a write that is refused later (or was a dry run). */
export type Rollback = () => void

export interface Strategy<T extends KubeObject> {
  /** Fills in what the user left out. Runs on every decoded object, old versions included; must be idempotent. */
  defaults?(object: Mutable<T>, context: StrategyContext): void
  /** Takes away fields behind gates that are off. Whoever sent them owns them all the same. */
  dropDisabled?(object: Mutable<T>): void
  /** Before a create is validated: clear status, set what only the server sets. */
  prepareForCreate?(object: Mutable<T>, context: StrategyContext): void
  /** True for kinds whose creator says their status (Nodes); others begin without one. */
  readonly keepsStatusOnCreate?: boolean
  /** Before an update (or patch result) is validated: keep what this endpoint may not change. */
  prepareForUpdate?(object: Mutable<T>, old: T, context: StrategyContext): void
  /** Like prepareForUpdate for `/status`. Absent: status comes from the request, everything else from `old`. */
  prepareForStatusUpdate?(object: Mutable<T>, old: T, context: StrategyContext): void
  /** Takes addresses and ports, after preparation and before validation. Throws StatusError; returns how to undo. */
  allocate?(object: Mutable<T>, old: T | undefined, context: StrategyContext): Rollback
  /** What readers see of an object, where some of it is hidden from them; otherwise the object itself. Only specs may differ. */
  shown?(object: T): T
  /** Gives back what `allocate` took: the object is gone. */
  release?(object: T, context: StrategyContext): void
  /** Fields of an object, new or changed (metadata common to all kinds is checked by the pipeline). */
  validate?(object: T, context: StrategyContext, old?: T): readonly FieldError[]
  /** Runs after `validate` on creates alone. */
  validateCreate?(object: T, context: StrategyContext): readonly FieldError[]
  /** After a create proved valid: what the server fills in when it reads what it has stored. */
  completeCreate?(object: Mutable<T>): void
  /** After a create or update proved valid: warnings for the client. `old` is absent on create. */
  warn?(object: T, context: StrategyContext, old?: T): void
  /** What an update may not change. */
  validateUpdate?(object: T, old: T, context: StrategyContext): readonly FieldError[]
  /** In which order the errors of an update are listed, where it is not the usual one. */
  updateChecks?: readonly UpdateCheck[]
  validateStatusUpdate?(object: T, old: T, context: StrategyContext): readonly FieldError[]
  /** What the first DELETE of an object makes of it, in place of the usual marks. */
  beginDeletion?(object: T, context: StrategyContext): T
  /** Subresources that take the whole object and write a part of it, by name. */
  readonly partialUpdates?: Readonly<Record<string, PartialUpdate<T>>>
  /** True when this change counts for metadata.generation. Absent: the kind has no generation. */
  bumpsGeneration?(object: T, old: T): boolean
}

export interface PartialUpdate<T extends KubeObject> {
  /** The stored object with what this subresource may write of a request. */
  merge(request: T, old: T): T
  validate(object: T, old: T, context: StrategyContext): readonly FieldError[]
}

/** How names of this kind are checked on create. */
export type NameRule =
  | 'dns-subdomain'
  /** The same, of the name alone: nobody looks at what it was made from. */
  | 'long-name'
  | 'dns-label'
  | 'dns-1035-label'
  | 'path-segment'
  /** A name is all of generateName, with nothing added. */
  | 'ip-address'
  | 'any'

/** A subresource other than `status`. Streams (exec, attach, log, portforward, proxy) are served by the HTTP door. */
export interface Subresource {
  readonly name: string
  /** Group, version and kind of what is sent and answered, e.g. autoscaling/v1 Scale. */
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs: readonly ('create' | 'get' | 'patch' | 'update')[]
}

/** A kind that is stored as another version or group: how objects of it are read and written. */
export interface OtherVersion<T extends KubeObject = KubeObject> {
  readonly stored: ResourceType
  /** Objects may lack any part: what an apply leaves is converted too. */
  fromStored(object: KubeObject): T
  /** @param old what is stored now: what this version cannot say is kept from it */
  toStored(object: T, old: KubeObject | undefined): KubeObject
  /** What this version alone fills in, before it becomes the stored one. */
  defaults?(object: Mutable<T>): void
  /** What this version alone asks of new objects. */
  validateCreate?(object: T): readonly FieldError[]
  /** What this version alone asks of changed ones. @param old as it is stored */
  validateUpdate?(object: T, old: KubeObject): readonly FieldError[]
  /** Its own spelling of Scale; absent: autoscaling/v1. */
  readonly scale?: ScaleVersion
}

/** A group's own Scale, from when autoscaling/v1 was not everybody's. */
export interface ScaleVersion {
  readonly schema: string
  fromStored(scale: KubeObject): KubeObject
  toStored(scale: KubeObject): KubeObject
}

export interface Resource<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>
  readonly singular: string
  readonly shortNames: readonly string[]
  /** e.g. `all` */
  readonly categories: readonly string[]
  readonly verbs: readonly Verb[]
  /** True when the kind has `/status`. */
  readonly status: boolean
  readonly subresources: readonly Subresource[]
  /** Name of the schema the body is decoded with, e.g. `io.k8s.api.core.v1.Pod`. */
  readonly schema: string
  readonly nameRule: NameRule
  /** Finalizers need no slash: kinds outside kube's own groups. */
  readonly anyFinalizer?: boolean
  /** Metadata of a new object is looked at when the rest is found good: the kind asks nothing of it. */
  readonly metadataLast?: boolean
  /** PUT of a missing object creates it (Services, Endpoints, Leases …). */
  readonly createOnUpdate: boolean
  /** PUT without resourceVersion is accepted. */
  readonly unconditionalUpdate: boolean
  /** DELETE without a propagation policy leaves dependents alone (Jobs, ReplicationControllers, workloads of beta versions). */
  readonly orphansByDefault?: boolean
  /** Nothing can depend on it: propagation policies mean nothing (Events). */
  readonly hasNoDependents?: boolean
  /** Warned about when a DELETE names no propagation policy (Jobs). */
  readonly unsaidPropagationWarning?: string
  /** DELETE answers with the object rather than a Status. */
  readonly returnsDeletedObject: boolean
  /** Warned about on every use, e.g. `v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice`. */
  readonly deprecationWarning?: string
  /** Field selectors besides metadata.name and metadata.namespace: path → value as text. */
  readonly selectableFields: Readonly<Record<string, (object: T) => string>>
  /** How a field selector by another field is refused, where it is not in the usual words. */
  readonly unknownFieldText?: (field: string) => string
  readonly columns: readonly Column<T>[]
  /** A table row's conditions (only Pods have them). */
  readonly rowConditions?: (object: T) => readonly unknown[]
  readonly strategy: Strategy<T>
  /** Present where objects are made for each reader and never stored. */
  readonly computed?: {
    list(): readonly T[]
    missing(name: string): Error
  }
  /** Present where the kind is another spelling of a stored one; then `strategy` is empty. */
  readonly otherVersion?: OtherVersion<T>
  /** Present where a CustomResourceDefinition defines the kind; then no table has its schema. */
  readonly custom?: CustomKind
}
