// Bytes as they come in, taken out by line or by count. Lines end in CRLF or in a bare LF, as nginx and Apache accept them.

const LF = 10
const CR = 13

export class ByteQueue {
  #bytes: Uint8Array = new Uint8Array()
  #start = 0

  get length(): number {
    return this.#bytes.length - this.#start
  }

  push(data: Uint8Array): void {
    if (this.length === 0) {
      this.#bytes = data
      this.#start = 0
      return
    }
    const joined = new Uint8Array(this.length + data.length)
    joined.set(this.#bytes.subarray(this.#start))
    joined.set(data, this.length)
    this.#bytes = joined
    this.#start = 0
  }

  /** @returns undefined while the line is not complete; 'too-long' when it will not fit */
  line(limit: number): string | undefined | 'too-long' {
    const end = this.#bytes.indexOf(LF, this.#start)
    if ((end < 0 ? this.#bytes.length : end) - this.#start > limit) return 'too-long'
    if (end < 0) return undefined
    const stop = end > this.#start && this.#bytes[end - 1] === CR ? end - 1 : end
    const text = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.#start, stop - this.#start).toString(
      'latin1',
    )
    this.#start = end + 1
    return text
  }

  /** Up to `count` bytes, as they lie. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#start, this.#start + count)
    this.#start += taken.length
    return taken
  }
}
