// A version of a kind that current servers no longer have, made from the current one: its own name and schema, conversions, and
// the releases that served it. Source: the prerelease lifecycle of k8s.io/api, and the releases' defaults and conversions.

import type { KubeObject } from '../../objects/kube-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { defineResource } from '../define-resource.ts'
import { resourceType } from '../resource-type.ts'
import type { Mutable, Resource, ScaleVersion, Subresource } from '../resource.ts'

export type Fields = Readonly<Record<string, unknown>>

/** An object of any version, as conversions see it: every part may be missing. */
export type LegacyObject = KubeObject & { readonly spec?: Fields; readonly status?: Fields }

export interface LegacyVersion {
  readonly resource: Resource
  /** The minor releases that serve it: the first and the last. */
  readonly since: number
  readonly until: number
}

export interface LegacyOptions {
  /** e.g. `extensions/v1beta1` */
  readonly groupVersion: string
  readonly since: number
  readonly until: number
  /** From which minor release on its use is warned about, and what to use instead. */
  readonly deprecated?: number
  readonly use?: string
  fromStored?(object: LegacyObject): LegacyObject
  toStored?(object: LegacyObject, old: LegacyObject | undefined): LegacyObject
  defaults?(object: Mutable<LegacyObject>): void
  validateCreate?(object: LegacyObject): readonly FieldError[]
  readonly scale?: ScaleVersion
  /** What this version deletes leaves its dependents alone. */
  readonly orphansByDefault?: boolean
}

/** `apps/v1beta1` → `io.k8s.api.apps.v1beta1` */
export function schemaPackage(groupVersion: string): string {
  const [group = '', version = ''] = groupVersion.split('/')
  return `io.k8s.api.${group.split('.')[0] ?? ''}.${version}`
}

/** A stored object reads the same as long as it is not replaced: it is converted once, however many lists it goes to. */
function once(convert: (object: LegacyObject) => LegacyObject): (object: KubeObject) => KubeObject {
  const made = new WeakMap<KubeObject, KubeObject>()
  return (object) => {
    const known = made.get(object)
    if (known !== undefined) return known
    const converted = Object.freeze(convert(object))
    if (Object.isFrozen(object)) made.set(object, converted)
    return converted
  }
}

function warningOf({ groupVersion, deprecated, until, use }: LegacyOptions, kind: string): string | undefined {
  if (deprecated === undefined) return undefined
  const instead = use === undefined ? '' : `; use ${use}`
  return `${groupVersion} ${kind} is deprecated in v1.${deprecated}+, unavailable in v1.${until + 1}+${instead}`
}

function subresourcesOf(current: Resource, { groupVersion, scale }: LegacyOptions): readonly Subresource[] {
  if (scale === undefined) return current.subresources
  const [group = '', version = ''] = groupVersion.split('/')
  return current.subresources.map((entry) => (entry.kind === 'Scale' ? { ...entry, group, version } : entry))
}

export function legacyVersion<T extends KubeObject>(served: Resource<T>, options: LegacyOptions): LegacyVersion {
  // Everything here only hands a kind objects of its own.
  const current = served as unknown as Resource
  const { groupVersion, since, until, defaults, validateCreate, scale, orphansByDefault } = options
  const { kind, resource, namespaced } = current.type
  const storedVersion =
    current.type.group === '' ? current.type.version : `${current.type.group}/${current.type.version}`
  const fromStored = once((object) => ({ ...(options.fromStored?.(object) ?? object), apiVersion: groupVersion }))
  const toStored = (object: KubeObject, old: KubeObject | undefined): KubeObject => ({
    ...(options.toStored?.(object, old) ?? object),
    apiVersion: storedVersion,
  })
  const deprecationWarning = warningOf(options, kind)
  const { rowConditions: _none, deprecationWarning: _theirs, otherVersion: _stored, ...rest } = current
  return {
    since,
    until,
    resource: defineResource<KubeObject>({
      ...rest,
      type: resourceType(groupVersion, resource, kind, { namespaced }),
      schema: `${schemaPackage(groupVersion)}.${kind}`,
      subresources: subresourcesOf(current, options),
      ...(orphansByDefault === undefined ? {} : { orphansByDefault }),
      ...(deprecationWarning === undefined ? {} : { deprecationWarning }),
      columns: current.columns.map((column) => ({
        ...column,
        cell: (object, context) => column.cell(toStored(object, undefined), context),
      })),
      strategy: {},
      otherVersion: {
        stored: current.type,
        fromStored,
        toStored,
        ...(defaults === undefined ? {} : { defaults }),
        ...(validateCreate === undefined ? {} : { validateCreate }),
        ...(scale === undefined ? {} : { scale }),
      },
    }),
  }
}

export function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}

export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined
}

/** Without the fields that are not there. */
export function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** `fields` with `name` changed, where it is there. */
export function changed(fields: Fields, name: string, change: (value: unknown) => unknown): Fields {
  return fields[name] === undefined ? fields : { ...fields, [name]: change(fields[name]) }
}
