// What an expression is run with: its variables, and who counts what it costs. Source: cel-go interpreter/activation.go,
// runtimecost.go.

import { CelError, type Value } from './values.ts'

/** The expression costs more than it may. */
export class CostLimitExceeded extends Error {
  override readonly name = 'CostLimitExceeded'
}

export class Meter {
  cost = 0
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @throws CostLimitExceeded */
  pay(cost: number): void {
    this.cost += cost
    if (this.cost > this.#limit) throw new CostLimitExceeded()
  }
}

export class Frame {
  readonly meter: Meter
  readonly #name: string
  readonly #outer: Frame | undefined
  /** What a loop makes of it so far. */
  value: Value | (() => Value)

  constructor(meter: Meter, name: string, value: Value | (() => Value), outer: Frame | undefined) {
    this.meter = meter
    this.#name = name
    this.#outer = outer
    this.value = value
  }

  with(name: string, value: Value | (() => Value)): Frame {
    return new Frame(this.meter, name, value, this)
  }

  find(name: string): Value {
    if (this.#name !== name) return this.#outer?.find(name) ?? new CelError(`no such attribute(s): ${name}`)
    // Values with a name of their own are made when they are first asked for.
    if (typeof this.value === 'function') this.value = this.value()
    return this.value
  }
}
