// What is wrong with a message, in the words of Go's generated code. Source: k8s.io/api generated.pb.go (Unmarshal, skipGenerated).

import type { Reader } from './load-protobufjs.ts'

const END_GROUP = 4

/** The message is Go's. */
class BrokenMessage extends Error {
  override readonly name = 'BrokenMessage'
}

/** A field that nobody knows is passed over, unless it is none. */
export function skipUnknown(reader: Reader, tag: number, struct: string): void {
  if (tag >>> 3 === 0) throw new BrokenMessage(`proto: ${struct}: illegal tag 0 (wire type ${tag & 7})`)
  if ((tag & 7) === END_GROUP) throw new BrokenMessage(`proto: ${struct}: wiretype end group for non-group`)
  reader.skipType(tag & 7)
}

/** @param field as Go names it */
export function wrongWireType(tag: number, field: string): Error {
  return new BrokenMessage(`proto: wrong wireType = ${tag & 7} for field ${field}`)
}

const WORDS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^invalid length encoding/, 'proto: negative length found during unmarshaling'],
  [/^invalid varint encoding/, 'proto: integer overflow'],
  [/^invalid wire type (\d+).*/, 'proto: illegal wireType $1'],
]

/** What protobufjs says of broken bytes, put as Go puts it. */
export function wordsOfProblem(error: unknown): string {
  if (error instanceof RangeError) return 'unexpected EOF'
  const message = error instanceof Error ? error.message : ''
  const [pattern, words] = WORDS.find(([known]) => known.test(message)) ?? []
  return pattern === undefined || words === undefined ? message : message.replace(pattern, words)
}
