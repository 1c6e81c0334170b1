// The one queue of a cluster: tasks ordered by (time, sequence), so tasks of one moment run in the order they were scheduled.
// Most tasks run within a millisecond (a packet's hops), most that wait do so for seconds (timers): what is due soon has a heap of
// its own, so that it comes and goes past a handful of others only.

import { MILLISECOND, type Microseconds } from './clock.ts'
import { invariant } from './errors.ts'
import { before, HeapTask, TaskHeap, type Due, type ScheduledTask, type TaskKind } from './task-heap.ts'

export type { Due, ScheduledTask, TaskKind }

/** A task taken off the queue, ready to run. */
export interface DueTask extends ScheduledTask {
  run(): void
}

/** How much of the future is near, from the first task that waited for it. */
const NEAR: Microseconds = MILLISECOND

export class TaskQueue {
  /** All tasks before the horizon, and those after it. */
  readonly #near = new TaskHeap()
  readonly #far = new TaskHeap()
  #horizonUs: Microseconds = 0
  #sequence = 0
  #foreground = 0

  get size(): number {
    return this.#near.size + this.#far.size
  }

  /** How many foreground tasks are waiting. */
  get foreground(): number {
    return this.#foreground
  }

  push(timeUs: Microseconds, label: string, work: (() => void) | Due, kind: TaskKind = 'foreground'): ScheduledTask {
    const task = new HeapTask(timeUs, this.#sequence++, label, kind, work)
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
    this.#heapOf(task).add(task)
  }

  #heapOf({ timeUs }: HeapTask): TaskHeap {
    return timeUs < this.#horizonUs ? this.#near : this.#far
  }

  /** Takes a task back. Returns false when it already ran or was cancelled. */
  cancel(task: ScheduledTask): boolean {
    invariant(task instanceof HeapTask, 'a task of this queue')
    if (task.place < 0) return false
    this.#remove(task, this.#heapOf(task))
    return true
  }

  peek(): ScheduledTask | undefined {
    return this.#near.first ?? this.#far.first
  }

  /** The moment of the next task, or Infinity. */
  nextTimeUs(): Microseconds {
    const first = this.#near.first ?? this.#far.first
    return first === undefined ? Infinity : first.timeUs
  }

  pop(): DueTask | undefined {
    const near = this.#near
    if (near.size === 0) this.#moveHorizon()
    const { first } = near
    if (first !== undefined) this.#remove(first, near)
    return first
  }

  /** Pending tasks in the order they will run; for messages and tests, not for hot paths. */
  pending(): readonly ScheduledTask[] {
    return [...this.#near, ...this.#far].sort((a, b) => (before(a, b) ? -1 : 1))
  }

  #remove(task: HeapTask, heap: TaskHeap): void {
    if (task.kind === 'foreground') this.#foreground--
    heap.remove(task)
  }

  /** Nothing is near: the first of the others is, and what comes soon after it. */
  #moveHorizon(): void {
    const far = this.#far
    let { first } = far
    if (first === undefined) return
    this.#horizonUs = first.timeUs + NEAR
    for (; first !== undefined && first.timeUs < this.#horizonUs; { first } = far) {
      far.remove(first)
      this.#near.add(first)
    }
  }
}
