// Bytes as they come in, taken out by line or by count. Lines end in CRLF or in a bare LF, as nginx and Apache accept them.

const LF = 10
const CR = 13
/** Lines are cut from a text of so many bytes: a message's head is read at once, its body is not. */
const WINDOW = 2048

export class ByteQueue {
  #bytes: Uint8Array = new Uint8Array()
  #start = 0
  /** Of #bytes, from #textStart on; '' when nothing was read since they came. */
  #text = ''
  #textStart = 0

  get length(): number {
    return this.#bytes.length - this.#start
  }

  push(data: Uint8Array): void {
    this.#text = ''
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
    const from = this.#start - this.#textStart
    if (this.#text === '' || from >= this.#text.length) this.#read()
    const first = this.#start - this.#textStart
    const end = this.#text.indexOf('\n', first)
    if (end < 0 || end - first > limit) return this.#longLine(limit)
    this.#start = this.#textStart + end + 1
    return this.#text.slice(first, end > first && this.#text.charCodeAt(end - 1) === CR ? end - 1 : end)
  }

  #read(): void {
    const { buffer, byteOffset } = this.#bytes
    this.#textStart = this.#start
    this.#text = Buffer.from(buffer, byteOffset + this.#start, Math.min(WINDOW, this.length)).toString('latin1')
  }

  /** One that ends behind the text, or not at all. */
  #longLine(limit: number): string | undefined | 'too-long' {
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
