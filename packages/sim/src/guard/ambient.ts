// What of the host makes two runs of one seed differ: its clock, its randomness, its timers. Each is replaced once by itself with
// a look in front, as long as a guarded cluster lives; outside the simulation the look finds nobody and costs next to nothing.
// Not covered: reading files, sockets and environment of the host, which a program may have good reasons for.

export interface AmbientCall {
  /** As it is written: `Date.now()` */
  readonly what: string
  readonly remedy: string
  /** Libraries do it for their own book-keeping, which no outcome depends on. */
  readonly libraries: 'may' | 'may not'
}

const CLOCK = 'Take the time from context.engine.clock.'
const TIMER = 'Wait with context.engine.sleep or context.engine.schedule: they follow virtual time.'
const RANDOM = 'Draw from context.random: it follows the seed.'

const call = (what: string, remedy: string, libraries: 'may' | 'may not' = 'may'): AmbientCall => ({
  what,
  remedy,
  libraries,
})

export type AnyFunction = (this: unknown, ...parameters: never[]) => unknown

/** @param below the frame of the stack that stands right above the caller's */
type Look = (call: AmbientCall, below: AnyFunction) => void

/** Owner, property, and what stands for a use of it. */
const FUNCTIONS: readonly (readonly [owner: object, property: string, call: AmbientCall])[] = [
  [globalThis, 'setTimeout', call('setTimeout()', TIMER)],
  [globalThis, 'setInterval', call('setInterval()', TIMER)],
  [globalThis, 'setImmediate', call('setImmediate()', TIMER)],
  [performance, 'now', call('performance.now()', CLOCK)],
  [process, 'hrtime', call('process.hrtime()', CLOCK)],
  [Math, 'random', call('Math.random()', RANDOM, 'may not')],
  [crypto, 'randomUUID', call('crypto.randomUUID()', RANDOM, 'may not')],
  [crypto, 'getRandomValues', call('crypto.getRandomValues()', RANDOM, 'may not')],
]

const DATE_NOW = call('Date.now()', CLOCK)
const NEW_DATE = call('new Date()', CLOCK)

/** Puts the look in front of everything ambient. @returns how to take it away again */
export function watchAmbient(look: Look): () => void {
  const undo = FUNCTIONS.map(([owner, property, used]) => {
    const original = Reflect.get(owner, property) as AnyFunction
    const handler = {
      apply(target: AnyFunction, self: unknown, parameters: never[]): unknown {
        look(used, handler.apply)
        return Reflect.apply(target, self, parameters)
      },
    }
    return replace(owner, property, new Proxy(original, handler))
  })
  return joined([...undo, replace(globalThis, 'Date', watchedDate(look))])
}

function watchedDate(look: Look): DateConstructor {
  const original = Date.now
  function now(): number {
    look(DATE_NOW, now)
    return original.call(Date)
  }
  const handler = {
    get: (target: DateConstructor, property: string | symbol): unknown =>
      property === 'now' ? now : (Reflect.get(target, property) as unknown),
    apply(target: DateConstructor): string {
      look(NEW_DATE, handler.apply)
      return target()
    },
    construct(target: DateConstructor, parameters: unknown[], newTarget: AnyFunction): object {
      if (parameters.length === 0) look(NEW_DATE, handler.construct)
      return Reflect.construct(target, parameters, newTarget) as object
    },
  }
  return new Proxy(Date, handler)
}

function replace(owner: object, property: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, property)
  Object.defineProperty(owner, property, { value, configurable: true, writable: true, enumerable: true })
  return () => {
    // Somebody else (a test's fake timers) may have put theirs in front meanwhile.
    if (Reflect.get(owner, property) !== value) return
    if (before === undefined) Reflect.deleteProperty(owner, property)
    else Object.defineProperty(owner, property, before)
  }
}

function joined(undo: readonly (() => void)[]): () => void {
  return () => {
    for (const one of undo) one()
  }
}
