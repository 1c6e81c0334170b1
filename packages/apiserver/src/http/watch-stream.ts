// A watch as a client sees it: one JSON event a line or one protobuf frame, as whole objects, tables or metadata; bookmarks when
// asked for; an end after timeoutSeconds of the cluster's time. Source: apiserver endpoints/handlers/watch.go, storage/cacher bookmarks.

import { MINUTE, SECOND, type Engine, type Random, type ScheduledTask } from '@podwire/engine'
import { protobufObject, watchFrame } from '../protobuf/answers.ts'
import { PROTOBUF_MEDIA_TYPE } from '../protobuf/envelope.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import { badRequest } from '../status/errors.ts'
import { integerProblem } from '../validation/go-integer.ts'
import type { Status, StatusError } from '../status/status-error.ts'
import { objectJson } from './json-cache.ts'
import { singleProtobuf, tableContext, type WriterContext } from './object-writer.ts'
import type { ApiObject, RequestHandler, ResourceRequest } from './request-handler.ts'
import type { SharedEvents } from './shared-events.ts'
import { isTrue } from './request-info.ts'
import type { StreamAnswer, StreamWriter } from './stream-answer.ts'
import { partialObjectJson, singleMetadata, tableJson } from './table.ts'

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
  /** Told of each event that is sent. */
  readonly onEvent: () => void
  /** Told of a bug in printing an event; the write that caused the event must not suffer from it. */
  readonly report: (error: unknown) => StatusError
}

/** @throws StatusError 400 for text that is no number */
function timeoutUs(query: URLSearchParams, random: Random): number {
  const text = query.get('timeoutSeconds') ?? ''
  const problem = text === '' ? undefined : integerProblem(text)
  if (problem !== undefined) throw badRequest(problem)
  const seconds = Number(text)
  if (seconds > 0) return seconds * SECOND
  return Math.round(DEFAULT_TIMEOUT_MINUTES * MINUTE * (1 + random.real()))
}

type EventEncoder = (type: string, object: ApiObject) => string | Uint8Array

/** Encodes the events of one watch: once for all watches that show objects the same way. */
function eventEncoder(context: WriterContext, shared: SharedEvents): EventEncoder {
  const { format, transform, version } = context.representation
  const encode = ownEncoder(context)
  // A table's first event has the columns.
  if (transform === 'Table') return encode
  const { type } = context.resource
  const newest = shared.of(`${format} ${transform} ${version} ${apiVersionOf(type)} ${type.kind}`)
  return (kind, object) => newest.encode(kind, object, encode)
}

function ownEncoder(context: WriterContext): EventEncoder {
  if (context.representation.format === 'protobuf') {
    return (type, object) => watchFrame(type, errorProtobuf(object) ?? singleProtobuf(object, context))
  }
  const encode = objectEncoder(context)
  return (type, object) =>
    `{"type":"${type}","object":${type === 'ERROR' ? JSON.stringify(object) : encode(type, object)}}\n`
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
      const rows = type === 'BOOKMARK' ? [] : [object]
      const json = tableJson(rows, singleMetadata(object), table, !columnsSent)
      columnsSent = true
      return json
    }
    return transform === 'none' ? objectJson(object) : partialObjectJson(object, version)
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
    open: (writer) => openWatch(options, writer, engine.clock.now() + timeoutUs(request.query, random)),
  }
}

function openWatch(options: WatchOptions, out: StreamWriter, endUs: number): () => void {
  const { engine, handler, request } = options
  const encode = eventEncoder(options.writer, options.shared)
  const cleanups: (() => void)[] = []
  let open = true
  const close = (): void => {
    if (!open) return
    open = false
    for (const cleanup of cleanups) cleanup()
  }
  const finish = (): void => {
    if (!open) return
    close()
    out.end()
  }
  const fail = (status: Status): void => {
    if (!open) return
    out.write(encode('ERROR', status))
    finish()
  }
  const send = (type: string, object: ApiObject): void => {
    if (!open) return
    try {
      out.write(encode(type, object))
      options.onEvent()
    } catch (error) {
      fail(options.report(error).status)
    }
  }
  const watch = handler.watch(request, { event: send, error: fail, end: finish })
  // The watch may have ended inside handler.watch, before its handle was known.
  if (!open) {
    watch.stop()
    return close
  }
  cleanups.push(() => watch.stop())
  const timeout = engine.schedule(endUs - engine.clock.now(), 'watch timeout', finish, 'background')
  cleanups.push(() => engine.cancel(timeout))
  if (isTrue(request.query.get('allowWatchBookmarks'))) {
    cleanups.push(scheduleBookmarks(engine, endUs, () => send('BOOKMARK', bookmarkOf(options))))
  }
  return close
}

function bookmarkOf({ handler, request }: WatchOptions): ApiObject {
  const { type } = request.resource
  return { kind: type.kind, apiVersion: apiVersionOf(type), metadata: { resourceVersion: handler.revision() } }
}
