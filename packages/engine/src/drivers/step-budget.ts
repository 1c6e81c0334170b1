// When a run is over its budget: a component that schedules itself again at once keeps time from moving, and one that always
// has something left keeps a run from ending. The next thousand tasks are counted by label, so that the message names who it is.

import type { ScheduledTask } from '../queue.ts'
import { PodwireError } from '../errors.ts'

/** Tasks one call may run before it is called endless: some hundred thousand pods' lives. */
export const DEFAULT_STEPS = 50_000_000
/** Tasks of one moment: far more than the largest cluster does at once. */
const STEPS_OF_A_MOMENT = 5_000_000
const SAMPLE = 1000

export class StepBudget {
  readonly #action: string
  readonly #budget: number
  #steps = 0
  #momentUs = -1
  /** The step at which this moment is over its budget. */
  #momentEnd = 0
  #over: string | undefined
  #labels = new Map<string, number>()

  /** @param steps Infinity: only moments are bounded */
  constructor(action: string, steps: number) {
    this.#action = action
    this.#budget = steps
  }

  /** Counts a task that is about to run. @throws PodwireError when the budget is used up, naming what keeps scheduling */
  count(task: ScheduledTask): void {
    const step = ++this.#steps
    if (task.timeUs !== this.#momentUs) {
      this.#momentUs = task.timeUs
      this.#momentEnd = step + Math.min(this.#budget, STEPS_OF_A_MOMENT)
    }
    if (step > this.#budget || step > this.#momentEnd) this.#sample(task, step)
  }

  #sample(task: ScheduledTask, step: number): void {
    const { label } = task
    this.#over ??= step > this.#budget ? `${this.#budget} steps` : `${step - 1} steps, the last of them in one moment,`
    const labels = this.#labels
    labels.set(label, (labels.get(label) ?? 0) + 1)
    let seen = 0
    for (const count of labels.values()) seen += count
    if (seen < SAMPLE) return
    const busiest = [...labels].sort(([, a], [, b]) => b - a).slice(0, 3)
    const who = busiest.map(([name, count]) => `${name} (${count} of the last ${SAMPLE})`).join(', ')
    throw new PodwireError(
      this.#action,
      `after ${this.#over} there is still no end, and this keeps scheduling: ${who}`,
      'Look for work that schedules itself again without a delay, or give a larger budget: settle({ steps }).',
    )
  }
}
