// What users hold: an object that stands for a part of the cluster (the cluster, a pod, a node, …) and stays good when the cluster
// is rewound or was forked and has not run yet. Each call goes to the present run; an input is written down first.

import { PodwireError } from '@podwire/engine'
import { CALLS } from '../arguments/calls.ts'
import { flag } from '../arguments/shape.ts'
import { checkArguments, needs } from '../arguments/signature.ts'
import { Cluster } from '../sdk/cluster.ts'
import { HostHandle } from '../sdk/host-handle.ts'
import { NodeHandle } from '../sdk/node-handle.ts'
import { PodHandle } from '../sdk/pod-handle.ts'
import { NotYet } from './past-view.ts'
import { standsFor, toJournal } from './input-data.ts'
import { type InputMember, type Kind, type Member, SURFACE } from './surface.ts'
import { describeTarget, type Target } from './target.ts'

/** What stand-ins ask of the cluster's timeline. */
export interface Calls {
  /** Gives an input and returns its answer; what it `gives` is a stand-in too. */
  give(target: Target, name: string, member: InputMember, args: readonly unknown[]): unknown
  set(target: Target, name: string, value: unknown): void
  /** The part itself in the present run, or as a fork that has not run yet knows it. */
  look(target: Target): object
  /** A call that is in no table. */
  unknown(target: Target, name: string): void
  /** Of the cluster's life and times; `name` is one that the table calls travel. */
  travel(name: string, args: readonly unknown[]): unknown
}

/** So that `instanceof` tells what a stand-in stands for. */
function prototypeOf(kind: Kind): object {
  switch (kind) {
    case 'cluster':
      return Cluster.prototype
    case 'host':
      return HostHandle.prototype
    case 'node':
      return NodeHandle.prototype
    case 'pod':
      return PodHandle.prototype
    case 'client':
    case 'internet':
    case 'images':
    case 'load':
    case 'faults':
    case 'fault':
    case 'nginx':
      return Object.prototype
  }
}

export function standIn(calls: Calls, kind: Kind, target: Target): object {
  const members = SURFACE[kind]
  const made = new Map<string, unknown>()
  const found = (name: string): unknown => {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (member === undefined) return unlisted(calls, target, name)
    return checked(memberOf(calls, target, name, member), kind, target, name, member)
  }
  const proxy = new Proxy(Object.create(prototypeOf(kind)) as object, {
    get(_shape, property) {
      if (property === Symbol.asyncDispose || property === Symbol.dispose)
        return disposal(calls, kind, target, property)
      // A promise asks whether this is one, and printers look for their own marks.
      if (typeof property === 'symbol' || property === 'then' || property === 'constructor') {
        return property === 'constructor' ? prototypeOf(kind).constructor : undefined
      }
      // What every object has does nothing in the cluster: whoever prints it may go on saving and forking it.
      if (property === 'toString') return () => describeTarget(target)
      if (property in Object.prototype) return Reflect.get(Object.prototype, property) as unknown
      const kept = made.get(property)
      if (kept !== undefined) return kept
      const value = found(property)
      if (typeof value === 'function' || isWay(members[property])) made.set(property, value)
      return value
    },
    set(_shape, property, value) {
      const member = members[String(property)]
      if (member?.is === 'setting') {
        checkArguments(`set ${describeTarget(target)}.${String(property)}`, SETTING, [value])
        calls.set(target, String(property), value)
      } else Reflect.set(calls.look(target), property, value)
      return true
    },
    has: (_shape, property) => Object.hasOwn(members, property) || Reflect.has(prototypeOf(kind), property),
  })
  standsFor.set(proxy, target)
  return proxy
}

/** What can be set is on or off. */
const SETTING = [needs('it', flag)]

/** A call whose arguments are looked at first, by the table of what it takes. One that gives a promise rejects, whatever fails. */
function checked(call: unknown, kind: Kind, target: Target, name: string, member: Member): unknown {
  const signature = CALLS[kind][name]
  if (typeof call !== 'function' || signature === undefined) return call
  const checkedCall = (args: readonly unknown[]): unknown => {
    checkArguments(`call ${describeTarget(target)}.${name}()`, signature, args)
    return Reflect.apply(call as (...given: unknown[]) => unknown, undefined, args)
  }
  const rejects = member.is === 'input' && member.returns === 'promise'
  return function fromOutside(...args: unknown[]): unknown {
    try {
      return checkedCall(args)
    } catch (error) {
      // Where the caller made it is what a caller's mistake has to show.
      if (error instanceof PodwireError) Error.captureStackTrace(error, fromOutside)
      if (rejects) return Promise.reject(error as Error)
      throw error
    }
  }
}

const isWay = (member: Member | undefined): boolean => member?.is === 'way'

function memberOf(calls: Calls, target: Target, name: string, member: Member): unknown {
  switch (member.is) {
    case 'input':
      return (...args: unknown[]) => calls.give(target, name, member, args)
    case 'untold':
      return unlisted(calls, target, name)
    case 'travel':
      return (...args: unknown[]) => calls.travel(name, args)
    case 'setting':
    case 'read':
      return bound(calls.look(target), name, () => calls.look(target))
    case 'list':
      return (...args: unknown[]) =>
        (bound(calls.look(target), name) as (...given: unknown[]) => object[])(...args).map((item) =>
          standIn(calls, member.kind, { by: 'call', of: target, name: member.call, args: [member.argument(item)] }),
        )
    case 'way': {
      const { kind } = member
      if (typeof kind === 'string' && PROPERTIES.has(name))
        return standIn(calls, kind, { by: 'property', of: target, name })
      return (...args: unknown[]) => {
        const way: Target = { by: 'call', of: target, name, args: toJournal(args) }
        sayWhatIsNotThere(calls, way)
        return standIn(calls, typeof kind === 'string' ? kind : kind(args[0]), way)
      }
    }
  }
}

/** At once, where that can be known. */
function sayWhatIsNotThere(calls: Calls, way: Target): void {
  try {
    calls.look(way)
  } catch (error) {
    if (!(error instanceof NotYet)) throw error
  }
}

/** Ways that are no calls. */
const PROPERTIES: ReadonlySet<string> = new Set(['external', 'client', 'internet', 'images', 'faults'])

/** A property of the part itself; a method is asked anew at each call, since the run may be another one then. */
function bound(part: object, name: string, again?: () => object): unknown {
  const value: unknown = Reflect.get(part, name, part)
  if (typeof value !== 'function') return value
  return (...args: unknown[]) => {
    const owner = again?.() ?? part
    return Reflect.apply(Reflect.get(owner, name, owner) as (...given: unknown[]) => unknown, owner, args)
  }
}

function unlisted(calls: Calls, target: Target, name: string): unknown {
  const part = calls.look(target)
  const value: unknown = Reflect.get(part, name, part)
  if (typeof value !== 'function') return value
  return (...args: unknown[]) => {
    calls.unknown(target, name)
    return Reflect.apply(value as (...given: unknown[]) => unknown, part, args)
  }
}

function disposal(calls: Calls, kind: Kind, target: Target, symbol: symbol): unknown {
  if (kind === 'cluster') return symbol === Symbol.asyncDispose ? () => calls.travel('stop', []) : undefined
  // `using fault = …` ends it, and that is an input like any other.
  const { end } = SURFACE.fault
  if (kind === 'fault' && end?.is === 'input') return () => calls.give(target, 'end', end, [])
  const part = calls.look(target)
  const value: unknown = Reflect.get(part, symbol, part)
  return typeof value === 'function' ? (value.bind(part) as unknown) : undefined
}
