// What the journal keeps of a call's arguments: data as it was then (the caller may change it later), functions and types by
// reference, and whatever stands for a part of the cluster as the way to find it in another run.

import { PodwireError } from '@podwire/engine'
import { findTarget, type Target, type Whereabouts } from './target.ts'

/** Stands in the journal for a pod, a node, … that was handed to a call. */
export class Reference {
  readonly target: Target

  constructor(target: Target) {
    this.target = target
  }
}

/** What `client.modify` made of an object. */
export class Becomes {
  value: unknown

  constructor(value?: unknown) {
    this.value = value
  }

  /** The change, with its result kept. */
  watching(change: (draft: object) => void): (draft: object) => void {
    return (draft) => {
      change(draft)
      this.value = plainCopy(draft, () => undefined)
    }
  }

  /** The same change to the same object of another run. */
  again(): (draft: object) => void {
    const { value } = this
    return (draft) => {
      if (typeof value !== 'object' || value === null) {
        throw new PodwireError('change an object again', 'its change failed the first time')
      }
      for (const key of Object.keys(draft)) if (!Object.hasOwn(value, key)) Reflect.deleteProperty(draft, key)
      Object.assign(draft, value)
    }
  }
}

/** The objects that stand for parts of a cluster; their owner registers them. */
export const standsFor = new WeakMap<object, Target>()

export function toJournal(args: readonly unknown[]): readonly unknown[] {
  return args.map((value) =>
    plainCopy(value, (part) => {
      const target = standsFor.get(part)
      return target === undefined ? undefined : new Reference(target)
    }),
  )
}

/** The arguments for a call in a run. */
export function fromJournal(args: readonly unknown[], run: Whereabouts): readonly unknown[] {
  return args.map((value) => {
    if (value instanceof Becomes) return value.again()
    return plainCopy(value, (part) => (part instanceof Reference ? findTarget(part.target, run) : undefined), true)
  })
}

/** Nothing that is given to a call is nested so deeply. */
const DEEPEST = 1000

/** @param shared parts without anything to replace are handed on as they are */
function plainCopy(value: unknown, replace: (part: object) => object | undefined, shared = false, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEEPEST) throw new PodwireError('use what a call was given', 'it contains itself', 'Give plain data.')
  const replaced = replace(value)
  if (replaced !== undefined) return replaced
  // What is stored is frozen to its depth, and text handed on as bytes is copied: both stay what they are.
  if (Object.isFrozen(value)) return value
  if (value instanceof Uint8Array) return shared ? value : value.slice()
  if (Array.isArray(value)) return value.map((item: unknown) => plainCopy(item, replace, shared, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, plainCopy(item, replace, shared, depth + 1)]),
  )
}
