// Tasks by (time, sequence), as a binary heap that knows each task's place: cancelling is O(log n) and leaves nothing behind.

import type { Microseconds } from './clock.ts'
import { invariant } from './errors.ts'

/**
 * What a task means for `settle`:
 * - `foreground`: something will still happen because of it; settling waits for it.
 * - `background`: it repeats or idles for ever (a heartbeat, a passing probe, a `sleep 3600`); settling does not wait for it.
 */
export type TaskKind = 'foreground' | 'background'

/** Something that does by itself what falls due: thousands of them need no function each. */
export interface Due {
  due(): void
}

export interface ScheduledTask {
  readonly timeUs: Microseconds
  readonly sequence: number
  /** Names the task in "what are we waiting for" messages, e.g. `deployment-controller`. */
  readonly label: string
  readonly kind: TaskKind
  /** True from scheduling until it runs or is cancelled. */
  readonly pending: boolean
}

export class HeapTask implements ScheduledTask {
  timeUs: Microseconds
  sequence: number
  readonly label: string
  kind: TaskKind
  readonly #work: (() => void) | Due
  /** Its place in the heap it waits in; -1: in none. */
  place = -1

  constructor(timeUs: Microseconds, sequence: number, label: string, kind: TaskKind, work: (() => void) | Due) {
    this.timeUs = timeUs
    this.sequence = sequence
    this.label = label
    this.kind = kind
    this.#work = work
  }

  get pending(): boolean {
    return this.place >= 0
  }

  run(): void {
    const work = this.#work
    if (typeof work === 'function') work()
    else work.due()
  }
}

export class TaskHeap {
  readonly #tasks: HeapTask[] = []

  get size(): number {
    return this.#tasks.length
  }

  get first(): HeapTask | undefined {
    return this.#tasks[0]
  }

  [Symbol.iterator](): IterableIterator<HeapTask> {
    return this.#tasks.values()
  }

  add(task: HeapTask): void {
    this.#tasks.push(task)
    this.#rise(task, this.#tasks.length - 1)
  }

  /** @param task one that is in it */
  remove(task: HeapTask): void {
    const tasks = this.#tasks
    const { place } = task
    const last = tasks.pop()
    invariant(last !== undefined, 'a task at the place it remembers')
    task.place = -1
    if (last === task) return
    // The first has no parent; asking an array for its place -1 would be a slow search for a property of that name.
    const parent = place > 0 ? tasks[(place - 1) >> 1] : undefined
    if (parent !== undefined && before(last, parent)) this.#rise(last, place)
    else this.#sink(last, place)
  }

  #rise(task: HeapTask, from: number): void {
    const tasks = this.#tasks
    let place = from
    while (place > 0) {
      const parentPlace = (place - 1) >> 1
      const parent = tasks[parentPlace]
      if (parent === undefined || !before(task, parent)) break
      tasks[place] = parent
      parent.place = place
      place = parentPlace
    }
    tasks[place] = task
    task.place = place
  }

  #sink(task: HeapTask, from: number): void {
    const tasks = this.#tasks
    const size = tasks.length
    let place = from
    for (;;) {
      let childPlace = 2 * place + 1
      if (childPlace >= size) break
      let child = tasks[childPlace]
      const right = tasks[childPlace + 1]
      if (child === undefined) break
      if (right !== undefined && before(right, child)) {
        child = right
        childPlace++
      }
      if (!before(child, task)) break
      tasks[place] = child
      child.place = place
      place = childPlace
    }
    tasks[place] = task
    task.place = place
  }
}

export function before(a: ScheduledTask, b: ScheduledTask): boolean {
  return a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.sequence < b.sequence)
}
