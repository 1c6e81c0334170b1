// A recording on disk: a text that only grows, one line an input, so that it holds whatever came before the power went. Each line begins
// with a checksum over itself and the line before: what is damaged, left out or cut off is found, and everything up to there is good.
//
//   d3b07384 {"format":"podwire-recording","version":1,"start":{…}}
//   c157a790 {"at":61204310,"hash":"8c1f…","input":{"do":"request",…}}

import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { PodwireError } from '@podwire/engine'
import { readingProblem, writingProblem } from '../document/file-problem.ts'
import type { Manifest } from '@podwire/apiserver'
import type { CompositionOptions } from '../sdk/composition.ts'
import type { Input } from './input.ts'

const FORMAT = 'podwire-recording'
export const RECORDING_VERSION = 1
const SUM_LENGTH = 8

/** What a cluster is before its first input. */
export interface RecordingStart {
  readonly options: CompositionOptions
  readonly manifests: readonly Manifest[]
  /** How far the clock is when the first input may come, microseconds. */
  readonly bootUs: number
}

export interface Entry {
  /** Of the file, from 1. */
  readonly line: number
  /** Virtual time, microseconds. */
  readonly at: number
  /** The trace hash before the input. */
  readonly hash: string
  /** Absent: a mark, by which equality is seen, or the end. */
  readonly input?: Input
  readonly end?: true
}

export interface Recording {
  readonly file: string
  readonly start: RecordingStart
  readonly entries: readonly Entry[]
  /** What is wrong with the file from a line on; everything before it is good. */
  readonly damage: { readonly line: number; readonly reason: string } | undefined
}

export class RecordingWriter {
  readonly file: string
  readonly #descriptor: number
  #sum = ''
  #entries = 0

  /** @throws PodwireError when there is such a file, or it cannot be made */
  constructor(file: string, start: RecordingStart) {
    this.file = file
    checkNewRecording(file)
    try {
      this.#descriptor = openSync(file, 'ax')
    } catch (error) {
      throw new PodwireError(`record to ${file}`, writingProblem(error), 'Choose a file in a folder you may write to.')
    }
    this.#write({ format: FORMAT, version: RECORDING_VERSION, start })
  }

  add(entry: Omit<Entry, 'line'>): void {
    if (entry.end !== true) this.#entries++
    this.#write(entry)
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  /** Takes the file away when there is no input in it: nothing came of the cluster. */
  discardEmpty(): void {
    if (this.#entries === 0) rmSync(this.file, { force: true })
  }

  #write(line: object): void {
    const json = JSON.stringify(line, bytesToJson)
    this.#sum = checksum(this.#sum, json)
    writeSync(this.#descriptor, `${this.#sum} ${json}\n`)
  }
}

/** @throws PodwireError when there is such a file: nothing is ever written over */
export function checkNewRecording(file: string): void {
  if (!existsSync(file)) return
  throw new PodwireError(`record to ${file}`, 'there is such a file already', 'Name another file, or remove this one.')
}

/** @throws PodwireError for what is not there, no recording, or of a version this podwire does not know */
export function readRecording(file: string): Recording {
  const [first = '', ...rest] = textOf(file).split('\n')
  const head = headOf(file, first)
  const entries: Entry[] = []
  let sum = first.slice(0, SUM_LENGTH)
  const damaged = (line: number, reason: string): Recording => ({
    file,
    start: head.start,
    entries,
    damage: { line, reason },
  })
  for (const [index, text] of rest.entries()) {
    const line = index + 2
    const isLast = index === rest.length - 1
    if (isLast && text === '') break
    const json = text.slice(SUM_LENGTH + 1)
    const next = checksum(sum, json)
    if (isLast) return damaged(line, 'the line is cut off')
    if (text.slice(0, SUM_LENGTH) !== next) return damaged(line, 'its checksum is not that of its content')
    sum = next
    // The checksums say that these are the lines a writer wrote.
    entries.push({ ...(JSON.parse(json, bytesFromJson) as Omit<Entry, 'line'>), line })
  }
  return { file, start: head.start, entries, damage: undefined }
}

function headOf(file: string, line: string): { readonly start: RecordingStart } {
  const refuse = (reason: string, remedy: string): PodwireError => new PodwireError(`replay ${file}`, reason, remedy)
  const json = line.slice(SUM_LENGTH + 1)
  if (!json.startsWith(`{"format":"${FORMAT}"`))
    throw refuse('it is no recording', 'podwire up --record FILE writes them.')
  const version = /^\{"format":"[^"]*","version":([^,}]+)/.exec(json)?.[1]
  if (version !== String(RECORDING_VERSION)) {
    throw refuse(
      `it has version ${version ?? 'unknown'} of the format, and this podwire reads version ${RECORDING_VERSION}`,
      'Use the podwire that recorded it.',
    )
  }
  if (line.slice(0, SUM_LENGTH) !== checksum('', json)) {
    throw refuse(
      'its first line is damaged, which says what the cluster was',
      'Take the file from where it was copied.',
    )
  }
  return JSON.parse(json, bytesFromJson) as { readonly start: RecordingStart }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new PodwireError(
      `replay ${file}`,
      readingProblem(error),
      'Give the path of a file that podwire up --record wrote.',
    )
  }
}

function checksum(before: string, json: string): string {
  return createHash('sha256').update(before).update(json).digest('hex').slice(0, SUM_LENGTH)
}

/** Text where the bytes are text, so that people can read the file. */
function bytesToJson(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has turned itself into something else by now.
  const raw: unknown = typeof this === 'object' && this !== null ? Reflect.get(this, key) : value
  if (typeof raw === 'bigint') return { $int64: String(raw) }
  if (!(raw instanceof Uint8Array)) return value
  const bytes = Buffer.from(raw)
  const text = bytes.toString('utf8')
  return bytes.equals(Buffer.from(text, 'utf8')) ? { $text: text } : { $base64: bytes.toString('base64') }
}

function bytesFromJson(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const [mark, ...more] = Object.entries(value as Record<string, unknown>)
  if (mark === undefined || more.length > 0 || typeof mark[1] !== 'string') return value
  if (mark[0] === '$text') return new Uint8Array(Buffer.from(mark[1], 'utf8'))
  if (mark[0] === '$int64') return BigInt(mark[1])
  return mark[0] === '$base64' ? new Uint8Array(Buffer.from(mark[1], 'base64')) : value
}
