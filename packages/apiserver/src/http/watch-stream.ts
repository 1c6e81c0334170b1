// A watch as a client sees it: one JSON event a line or one protobuf frame, as whole objects, tables or metadata; bookmarks when
// asked for; an end after timeoutSeconds of the cluster's time. Source: apiserver endpoints/handlers/watch.go, storage/cacher bookmarks.

import { MINUTE, SECOND, type Engine, type Random, type ScheduledTask } from '@podwire/engine'
import { protobufObject, watchFrame } from '../protobuf/answers.ts'
import { PROTOBUF_MEDIA_TYPE } from '../protobuf/envelope.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import { badRequest } from '../status/errors.ts'
import { goJson } from '../objects/go-json.ts'
import { integerProblem } from '../validation/go-integer.ts'
import type { Status, StatusError } from '../status/status-error.ts'
import { wholeBookmark } from './bookmark.ts'
import { objectJson } from './json-cache.ts'
import { singleProtobuf, tableContext, type WriterContext } from './object-writer.ts'
import { notStreamable } from './refusals.ts'
import type { ApiObject, RequestHandler, ResourceRequest, WatchSink } from './request-handler.ts'
import type { SharedEvent, SharedEvents } from './shared-events.ts'
import { isTrue } from './request-info.ts'
import type { StreamAnswer, StreamWriter } from './stream-answer.ts'
import { bookmarkRowJson, partialObjectJson, singleMetadata, tableJson } from './table.ts'

// A watch that names no timeout gets between one and two times this (MinRequestTimeout).
const DEFAULT_TIMEOUT_MINUTES = 30
const BOOKMARK_EVERY_US = MINUTE
const BOOKMARK_BEFORE_END_US = 2 * SECOND
// A watcher that falls behind by so much is dropped, as the real server drops those whose channel is full; it lists anew.
const UNREAD_LIMIT_BYTES = 8 * 1024 * 1024

export interface WatchOptions {
  readonly engine: Engine
  /** Draws the length of watches that name none. */
  readonly random: Random
  readonly handler: RequestHandler
  readonly request: ResourceRequest
  readonly writer: WriterContext
  readonly shared: SharedEvents
  /** Counts the events that are sent. */
  readonly counter: () => { value: number }
  /** Told of a bug in printing an event; the write that caused the event must not suffer from it. */
  readonly report: (error: unknown) => StatusError
}

/** @throws StatusError 400 for text that is no number */
function timeoutUs(query: URLSearchParams, random: Random): number {
  const text = query.get('timeoutSeconds') ?? ''
  const problem = text === '' ? undefined : integerProblem(text)
  if (problem !== undefined) throw badRequest(problem)
  const seconds = Number(text)
  // A time that is over before it began ends the watch at once.
  if (seconds !== 0) return Math.max(0, seconds) * SECOND
  return Math.round(DEFAULT_TIMEOUT_MINUTES * MINUTE * (1 + random.real()))
}

type EventEncoder = (type: string, object: ApiObject) => string | Uint8Array

/** Where the newest event of a watch may be found encoded: watches that show objects the same way share it. */
function sharedEvent(
  { representation, resource: { type } }: WriterContext,
  shared: SharedEvents,
): SharedEvent | undefined {
  const { format, transform, version } = representation
  // A table's first event has the columns.
  if (transform === 'Table') return undefined
  return shared.of(`${format} ${transform} ${version} ${apiVersionOf(type)} ${type.kind}`)
}

function ownEncoder(context: WriterContext): EventEncoder {
  if (context.representation.format === 'protobuf') {
    return (type, object) => watchFrame(type, errorProtobuf(object) ?? singleProtobuf(object, context))
  }
  const encode = objectEncoder(context)
  return (type, object) => `{"type":"${type}","object":${type === 'ERROR' ? goJson(object) : encode(type, object)}}\n`
}

/** A Status is what it is, whatever objects are turned into. */
function errorProtobuf(object: ApiObject): Uint8Array | undefined {
  return object.kind === 'Status' ? protobufObject(object) : undefined
}

/** Encodes the objects of one watch; only the first table carries the column definitions. */
function objectEncoder(context: WriterContext): (type: string, object: ApiObject) => string {
  const { transform, version } = context.representation
  const table = tableContext(context, context.resource.type.kind)
  let columnsSent = false
  return (type, object) => {
    if (transform === 'Table') {
      const row = type === 'BOOKMARK' ? bookmarkRowJson : undefined
      const json = tableJson([object], singleMetadata(object), table, !columnsSent, row)
      columnsSent = true
      return json
    }
    if (transform !== 'none') return partialObjectJson(object, version)
    return objectJson(type === 'BOOKMARK' ? wholeBookmark(object, context.resource) : object)
  }
}

/** Sends bookmarks every minute, and one shortly before the end. */
function scheduleBookmarks(engine: Engine, endUs: number, send: () => void): () => void {
  let task: ScheduledTask | undefined
  const next = (): void => {
    const left = endUs - engine.clock.now()
    const delay = left - BOOKMARK_BEFORE_END_US <= BOOKMARK_EVERY_US ? left - BOOKMARK_BEFORE_END_US : BOOKMARK_EVERY_US
    if (delay <= 0) return
    task = engine.schedule(
      delay,
      'watch bookmark',
      () => {
        send()
        next()
      },
      'background',
    )
  }
  next()
  return () => engine.cancel(task)
}

function streamType({ representation }: WriterContext): string {
  return representation.format === 'protobuf' ? `${PROTOBUF_MEDIA_TYPE};stream=watch` : 'application/json'
}

export function watchAnswer(options: WatchOptions): StreamAnswer {
  const { engine, request, random } = options
  return {
    type: 'stream',
    contentType: streamType(options.writer),
    unreadLimitBytes: UNREAD_LIMIT_BYTES,
    open: (writer) => {
      if (options.writer.representation.format === 'yaml') throw refusedYaml(options)
      return openWatch(options, writer, engine.clock.now() + timeoutUs(request.query, random))
    },
  }
}

/** YAML is no stream, which is said once the watch has begun: what else is wrong with it comes first. */
function refusedYaml({ handler, request }: WatchOptions): StatusError {
  handler.watch(request, { event: () => {}, error: () => {} }).stop()
  return notStreamable()
}

function openWatch(options: WatchOptions, out: StreamWriter, endUs: number): () => void {
  const watch = new OpenWatch(options, out)
  watch.begin(options, endUs)
  return () => watch.close()
}

/** What is needed for an event is in one place: of a thousand watches that are told of one, each is far from the last in memory. */
class OpenWatch implements WatchSink {
  #open = true
  readonly #out: StreamWriter
  readonly #shared: SharedEvent | undefined
  readonly #encode: EventEncoder
  /** Made with the first event: a type nobody was told of is not among the metrics. */
  #counter: { value: number } | undefined
  readonly #makeCounter: () => { value: number }
  readonly #report: (error: unknown) => StatusError
  readonly #cleanups: (() => void)[] = []

  constructor({ writer, shared, counter, report }: WatchOptions, out: StreamWriter) {
    this.#out = out
    this.#shared = sharedEvent(writer, shared)
    this.#encode = ownEncoder(writer)
    this.#makeCounter = counter
    this.#report = report
  }

  begin(options: WatchOptions, endUs: number): void {
    const { engine, handler, request } = options
    const watch = handler.watch(request, this)
    // The watch may have ended inside handler.watch, before its handle was known.
    if (!this.#open) {
      watch.stop()
      return
    }
    this.#cleanups.push(() => watch.stop())
    const timeout = engine.schedule(endUs - engine.clock.now(), 'watch timeout', () => this.end(), 'background')
    this.#cleanups.push(() => engine.cancel(timeout))
    if (!isTrue(request.query.get('allowWatchBookmarks'))) return
    this.#cleanups.push(scheduleBookmarks(engine, endUs, () => this.event('BOOKMARK', bookmarkOf(options))))
  }

  event(type: string, object: ApiObject): void {
    if (!this.#open) return
    try {
      this.#out.write(this.#encoded(type, object))
      ;(this.#counter ??= this.#makeCounter()).value++
    } catch (error) {
      this.error(this.#report(error).status)
    }
  }

  error(status: Status): void {
    if (!this.#open) return
    this.#out.write(this.#encoded('ERROR', status))
    this.end()
  }

  end(): void {
    if (!this.#open) return
    this.close()
    this.#out.end()
  }

  /** The client is gone, or the end is sent. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    for (const cleanup of this.#cleanups) cleanup()
  }

  #encoded(type: string, object: ApiObject): string | Uint8Array {
    return this.#shared === undefined ? this.#encode(type, object) : this.#shared.encode(type, object, this.#encode)
  }
}

function bookmarkOf({ handler, request }: WatchOptions): ApiObject {
  const { type } = request.resource
  return { kind: type.kind, apiVersion: apiVersionOf(type), metadata: { resourceVersion: handler.revision() } }
}
