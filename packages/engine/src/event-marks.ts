// A mark for each event of a run, four bytes each: what the run's hash was after it. Two runs are compared with it event by event, so
// that the first one that differs can be named. Only ever appended to, so that whoever keeps it and a length keeps a prefix.

const FIRST_CAPACITY = 1024

export class EventMarks {
  #marks = new Int32Array(FIRST_CAPACITY)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** The mark of event `number`, 1 for the first; undefined when there was none. */
  at(number: number): number | undefined {
    return number > 0 && number <= this.#length ? this.#marks[number - 1] : undefined
  }

  add(mark: number): void {
    if (this.#length === this.#marks.length) {
      const grown = new Int32Array(2 * this.#length)
      grown.set(this.#marks)
      this.#marks = grown
    }
    this.#marks[this.#length++] = mark
  }
}
