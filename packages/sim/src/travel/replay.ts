// Gives a fresh run the inputs of an earlier one again, each at its moment, and makes sure that nothing differs. What failed
// the first time fails again, and the run goes on as it did.

import { InvariantError } from '@podwire/engine'
import { fromJournal } from './input-data.ts'
import type { Input, Moment } from './journal.ts'
import { diverged, otherMoment, type LiveRun } from './live-run.ts'
import { describeTarget, findTarget, functionOf } from './target.ts'

/** @throws PodwireError naming the first event or input at which the run is another one than before */
export async function replay(run: LiveRun, inputs: readonly Input[], end: Moment | undefined): Promise<void> {
  for (const [index, input] of inputs.entries()) {
    if (input.whileMoving) continue
    if (run.divergence !== undefined) break
    checkMoment(run, input.moment, `before ${describeInput(input)}`)
    for (let next = index + 1; inputs[next]?.whileMoving === true; next++) {
      const later = inputs[next]
      if (later !== undefined) run.driver.interruptAt(later.moment.turns, () => void giveAgain(run, later))
    }
    run.driver.setHorizon(input.untilUs)
    await giveAgain(run, input)
    run.driver.setHorizon(undefined)
    // Those that came after time had stopped, before the call's promise was looked at.
    for (const give of run.driver.takeInterruptions()) give()
  }
  if (run.divergence !== undefined) throw diverged(run.divergence)
  if (end !== undefined) checkMoment(run, end, 'at the end')
}

function checkMoment(run: LiveRun, then: Moment, where: string): void {
  const now = run.moment
  if (now.events !== then.events || now.hash !== then.hash) throw otherMoment(where, now, then)
}

async function giveAgain(run: LiveRun, input: Input): Promise<void> {
  try {
    const owner = findTarget(input.on, run)
    const args = fromJournal(input.args, run)
    const setting = /^set (.+)$/.exec(input.call)?.[1]
    if (setting !== undefined) {
      Reflect.set(owner, setting, args[0], owner)
      return
    }
    const result: unknown = await Reflect.apply(functionOf(owner, input.call), owner, args)
    if (typeof result === 'object' && result !== null) run.results.set(input.number, result)
  } catch (error) {
    // Time was cut in the middle of it, or what the caller was refused then is refused now.
    if (error instanceof InvariantError) throw error
  }
}

export function describeInput({ number, on, call }: Input): string {
  return `input ${number} (${describeTarget(on)}.${call})`
}
