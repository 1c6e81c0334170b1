// The one queue of a cluster: tasks ordered by (time, sequence), so tasks of one moment run in the order they were
// scheduled. A binary heap that knows each task's place, so cancelling is O(log n) and leaves nothing behind.

import type { Microseconds } from './clock.ts'
import { invariant } from './errors.ts'

/**
 * What a task means for `settle`:
 * - `foreground`: something will still happen because of it; settling waits for it.
 * - `background`: it repeats or idles for ever (a heartbeat, a passing probe, a `sleep 3600`); settling does not wait for it.
 */
export type TaskKind = 'foreground' | 'background'

export interface ScheduledTask {
  readonly timeUs: Microseconds
  readonly sequence: number
  /** Names the task in "what are we waiting for" messages, e.g. `deployment-controller`. */
  readonly label: string
  readonly kind: TaskKind
  /** True from scheduling until it runs or is cancelled. */
  readonly pending: boolean
}

class HeapTask implements ScheduledTask {
  timeUs: Microseconds
  sequence: number
  readonly label: string
  kind: TaskKind
  readonly run: () => void
  place = -1

  constructor(timeUs: Microseconds, sequence: number, label: string, kind: TaskKind, run: () => void) {
    this.timeUs = timeUs
    this.sequence = sequence
    this.label = label
    this.kind = kind
    this.run = run
  }

  get pending(): boolean {
    return this.place >= 0
  }
}

/** A task taken off the queue, ready to run. */
export interface DueTask extends ScheduledTask {
  run(): void
}

export class TaskQueue {
  readonly #heap: HeapTask[] = []
  #sequence = 0
  #foreground = 0

  get size(): number {
    return this.#heap.length
  }

  /** How many foreground tasks are waiting. */
  get foreground(): number {
    return this.#foreground
  }

  push(timeUs: Microseconds, label: string, run: () => void, kind: TaskKind = 'foreground'): ScheduledTask {
    const task = new HeapTask(timeUs, this.#sequence++, label, kind, run)
    this.#add(task)
    return task
  }

  /** Queues a task that has run, or was cancelled, once more: what repeats for ever needs no new one each time. */
  pushAgain(task: ScheduledTask, timeUs: Microseconds, kind: TaskKind): void {
    invariant(task instanceof HeapTask && !task.pending, 'a task of this queue that waits for nothing')
    task.timeUs = timeUs
    task.sequence = this.#sequence++
    task.kind = kind
    this.#add(task)
  }

  #add(task: HeapTask): void {
    if (task.kind === 'foreground') this.#foreground++
    this.#heap.push(task)
    this.#rise(task, this.#heap.length - 1)
  }

  /** Takes a task back. Returns false when it already ran or was cancelled. */
  cancel(task: ScheduledTask): boolean {
    invariant(task instanceof HeapTask, 'a task of this queue')
    if (task.place < 0) return false
    this.#remove(task.place)
    return true
  }

  peek(): ScheduledTask | undefined {
    return this.#heap[0]
  }

  /** The moment of the next task, or Infinity. */
  nextTimeUs(): Microseconds {
    const first = this.#heap[0]
    return first === undefined ? Infinity : first.timeUs
  }

  pop(): DueTask | undefined {
    const first = this.#heap[0]
    if (first !== undefined) this.#remove(0)
    return first
  }

  /** Pending tasks in the order they will run; for messages and tests, not for hot paths. */
  pending(): readonly ScheduledTask[] {
    return [...this.#heap].sort((a, b) => (before(a, b) ? -1 : 1))
  }

  #remove(place: number): void {
    const heap = this.#heap
    const task = heap[place]
    const last = heap.pop()
    invariant(task !== undefined && last !== undefined, 'a task at the place it remembers')
    task.place = -1
    if (task.kind === 'foreground') this.#foreground--
    if (last === task) return
    const parent = heap[(place - 1) >> 1]
    if (place > 0 && parent !== undefined && before(last, parent)) this.#rise(last, place)
    else this.#sink(last, place)
  }

  #rise(task: HeapTask, from: number): void {
    const heap = this.#heap
    let place = from
    while (place > 0) {
      const parentPlace = (place - 1) >> 1
      const parent = heap[parentPlace]
      if (parent === undefined || !before(task, parent)) break
      heap[place] = parent
      parent.place = place
      place = parentPlace
    }
    heap[place] = task
    task.place = place
  }

  #sink(task: HeapTask, from: number): void {
    const heap = this.#heap
    const size = heap.length
    let place = from
    for (;;) {
      let childPlace = 2 * place + 1
      if (childPlace >= size) break
      let child = heap[childPlace]
      const right = heap[childPlace + 1]
      if (child === undefined) break
      if (right !== undefined && before(right, child)) {
        child = right
        childPlace++
      }
      if (!before(child, task)) break
      heap[place] = child
      child.place = place
      place = childPlace
    }
    heap[place] = task
    task.place = place
  }
}

function before(a: HeapTask, b: HeapTask): boolean {
  return a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.sequence < b.sequence)
}
