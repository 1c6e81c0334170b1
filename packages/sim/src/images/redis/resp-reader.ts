// Answers of a Redis server, taken apart as their bytes come. Source: Redis protocol specification (RESP2).

export type RespValue =
  | { readonly kind: 'status' | 'error' | 'integer' | 'bulk' | 'nil'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly RespValue[] }

const KINDS: ReadonlyMap<string, 'status' | 'error' | 'integer'> = new Map([
  ['+', 'status'],
  ['-', 'error'],
  [':', 'integer'],
])

const NIL: RespValue = { kind: 'nil', text: '' }

export class RespReader {
  /** One character a byte, so that lengths are the protocol's. */
  #input = ''

  push(bytes: Uint8Array): void {
    this.#input += Buffer.from(bytes).toString('latin1')
  }

  /** undefined: it is not all there. What is no answer of the protocol is told as an error. */
  next(): RespValue | undefined {
    const taken = take(this.#input, 0)
    if (taken === undefined) return undefined
    this.#input = this.#input.slice(taken.end)
    return taken.value
  }
}

interface Taken {
  readonly value: RespValue
  readonly end: number
}

function take(input: string, from: number): Taken | undefined {
  const line = input.indexOf('\r\n', from)
  if (line < 0) return undefined
  const sign = input.charAt(from)
  const head = input.slice(from + 1, line)
  const start = line + 2
  const simple = KINDS.get(sign)
  if (simple !== undefined) return { value: { kind: simple, text: utf8(head) }, end: start }
  const count = Number(head)
  if (!Number.isInteger(count) || (sign !== '$' && sign !== '*')) {
    return {
      value: { kind: 'error', text: `Protocol error, got "${utf8(sign)}" as reply type byte` },
      end: input.length,
    }
  }
  if (count < 0) return { value: NIL, end: start }
  if (sign === '$') {
    if (input.length < start + count + 2) return undefined
    return { value: { kind: 'bulk', text: utf8(input.slice(start, start + count)) }, end: start + count + 2 }
  }
  const items: RespValue[] = []
  let end = start
  while (items.length < count) {
    const item = take(input, end)
    if (item === undefined) return undefined
    items.push(item.value)
    end = item.end
  }
  return { value: { kind: 'list', items }, end }
}

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8')
