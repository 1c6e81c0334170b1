// The guard of a cluster: names who of the simulation asks the host for time, randomness or timers, and what to use instead. Who is
// acting is known through Node's async context, so that a program is found out also after an `await`. Code of podwire itself is
// held to the same by the linter; what a library in node_modules asks of the clock for its own book-keeping is passed over.

import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PodwireError, type Actor, type Engine } from '@podwire/engine'
import { watchAmbient, type AmbientCall, type AnyFunction } from './ambient.ts'

/**
 * `throw`: the call throws in the program, and the run ends with the same error. `warn`: a line on stderr, once for each program
 * and call. `off`: nobody looks.
 */
export type GuardMode = 'throw' | 'warn' | 'off'

interface Acting {
  readonly guard: Guard
  readonly actor: Actor
}

const acting = new AsyncLocalStorage<Acting>()
const guards = new Set<Guard>()
let stopWatching: (() => void) | undefined

/** Watches everything that happens in an engine. @returns how to stop */
export function startGuard(engine: Engine, mode: GuardMode): () => void {
  if (mode === 'off') return () => {}
  const guard = new Guard(engine, mode)
  const around: Engine['around'] = (actor, work) => acting.run({ guard, actor }, work)
  engine.around = around
  guards.add(guard)
  stopWatching ??= watchAmbient((call, below) => acting.getStore()?.guard.found(call, below))
  return () => {
    engine.around = undefined
    guards.delete(guard)
    if (guards.size > 0) return
    stopWatching?.()
    stopWatching = undefined
  }
}

class Guard {
  readonly #engine: Engine
  readonly #mode: 'throw' | 'warn'
  readonly #warned = new Set<string>()

  constructor(engine: Engine, mode: 'throw' | 'warn') {
    this.#engine = engine
    this.#mode = mode
  }

  found({ what, remedy, libraries }: AmbientCall, below: AnyFunction): void {
    if (!guards.has(this) || isPassedOver(callerOf(below), libraries)) return
    const title = acting.getStore()?.actor.title ?? 'the simulation'
    const error = new PodwireError(
      `run ${title}`,
      `it asks the host with ${what}, so that two runs of one seed may differ`,
      remedy,
    )
    if (this.#mode === 'throw') {
      this.#engine.fail(error)
      throw error
    }
    const key = `${title} ${what}`
    if (this.#warned.has(key)) return
    this.#warned.add(key)
    process.stderr.write(`warning: ${error.message}\n`)
  }
}

/** The line of the stack that made the call. */
function callerOf(below: AnyFunction): string {
  const trace: { stack?: string } = {}
  Error.captureStackTrace(trace, below)
  return trace.stack?.split('\n')[1] ?? ''
}

const folderOf = (url: string): string => url.slice(0, url.lastIndexOf('/'))

// Not `import.meta.resolve`: tsx makes CommonJS of this where the project is, and has none there.
const { resolve } = createRequire(import.meta.url)

/** Where podwire itself is, with the libraries in its bundles and those beside them, which are CommonJS: stacks name them by path. */
const OWN_FOLDERS = [
  folderOf(import.meta.url),
  folderOf(pathToFileURL(resolve('@podwire/shell')).href),
  dirname(resolve('#libraries/light-my-request')),
]

function isPassedOver(caller: string, libraries: 'may' | 'may not'): boolean {
  if (/\(?node:/.test(caller)) return true
  return (
    libraries === 'may' &&
    (/[/\\]node_modules[/\\]/.test(caller) || OWN_FOLDERS.some((folder) => caller.includes(folder)))
  )
}
