// GET pods/{name}/log: plain text, at once or followed. Source: pkg/registry/core/pod/rest/log.go, core validation of PodLogOptions,
// apiserver registry/generic/rest (streamer.go, response_checker.go).

import type { Engine } from '@podwire/engine'
import type { StreamAnswer } from '../http/stream-answer.ts'
import type { TextAnswer } from '../http/answer.ts'
import type { ResourceRequest } from '../http/request-handler.ts'
import { isTrue } from '../http/request-info.ts'
import type { Pod } from '../objects/index.ts'
import { badRequest, internalError } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import type { FieldError } from '../validation/field-error.ts'
import { forbiddenField, invalid, quote } from '../validation/field-errors.ts'
import { integerProblem } from '../validation/go-integer.ts'
import { parseGoTime } from '../validation/go-time.ts'
import { KubeletRefusal, type LogRequest } from './node-connection.ts'
import { containerOf, findPod, nodeOf, type StreamContext } from './pod-target.ts'

export interface PodLogContext extends StreamContext {
  readonly engine: Engine
  readonly request: ResourceRequest
}

interface LogOptions {
  readonly container: string
  readonly request: Omit<LogRequest, 'container'>
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const problem = integerProblem(text)
  if (problem !== undefined) throw badRequest(problem)
  return Number(text)
}

function time(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? ''
  // The literal null is no time, as in JSON.
  if (text === '' || text === 'null') return undefined
  const found = parseGoTime(text)
  if (typeof found === 'string') throw badRequest(found)
  return found.milliseconds
}

interface Numbers {
  readonly tailLines: number | undefined
  readonly limitBytes: number | undefined
  readonly sinceSeconds: number | undefined
  readonly sinceTimeMs: number | undefined
}

function validate(
  { tailLines, limitBytes, sinceSeconds, sinceTimeMs }: Numbers,
  stream: string | null,
): readonly FieldError[] {
  const errors: FieldError[] = []
  if (tailLines !== undefined && tailLines < 0)
    errors.push(invalid('tailLines', tailLines, 'must be greater than or equal to 0'))
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(invalid('limitBytes', limitBytes, 'must be greater than 0'))
  if (sinceSeconds !== undefined && sinceTimeMs !== undefined)
    errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    errors.push(invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'))
  // The gate that lets one stream be asked for (PodLogsQuerySplitStreams) is off.
  if (stream !== null) errors.push(forbiddenField('stream', 'may not be specified'))
  return errors
}

function invalidOptions(pod: string, errors: readonly FieldError[]): StatusError {
  const texts = errors.map(({ field, body }) => `${field}: ${body}`)
  const what = texts.length === 1 ? texts.join('') : `[${texts.join(', ')}]`
  return new StatusError(422, 'Invalid', `PodLogOptions ${quote(pod)} is invalid: ${what}`, {
    ...(pod === '' ? {} : { name: pod }),
    kind: 'PodLogOptions',
    causes: errors.map(({ reason, body, field }) => ({ reason, message: body, field })),
  })
}

/** @throws StatusError 400, 422 */
export function logOptions(query: URLSearchParams, pod: string): LogOptions {
  const numbers = {
    tailLines: integer(query, 'tailLines'),
    limitBytes: integer(query, 'limitBytes'),
    sinceSeconds: integer(query, 'sinceSeconds'),
    sinceTimeMs: time(query, 'sinceTime'),
  }
  const errors = validate(numbers, query.get('stream'))
  if (errors.length > 0) throw invalidOptions(pod, errors)
  const set = Object.entries(numbers).filter(([, value]) => value !== undefined)
  return {
    container: query.get('container') ?? '',
    request: {
      follow: isTrue(query.get('follow')),
      previous: isTrue(query.get('previous')),
      timestamps: isTrue(query.get('timestamps')),
      ...(Object.fromEntries(set) as Partial<
        Pick<LogRequest, 'tailLines' | 'limitBytes' | 'sinceSeconds' | 'sinceTimeMs'>
      >),
    },
  }
}

/** What a kubelet refuses, as the API server passes it on. */
function passedOn(error: unknown, { metadata }: Pod): unknown {
  if (!(error instanceof KubeletRefusal)) return error
  if (error.code === 400) return badRequest(error.message)
  if (error.code === 500) return internalError(error.message)
  const message = `the server could not find the requested resource ( pods/log ${metadata.name})`
  return new StatusError(error.code, 'NotFound', message, {
    name: metadata.name,
    kind: 'pods/log',
    causes: [{ reason: 'UnexpectedServerResponse', message: error.message }],
  })
}

/** A pod that no node has taken yet has no log at all: 204. */
export function podLogAnswer(context: PodLogContext): StreamAnswer | TextAnswer {
  const { request } = context
  const options = logOptions(request.query, request.name ?? '')
  const pod = findPod(context, request)
  const container = containerOf(pod, options.container)
  if ((pod.spec.nodeName ?? '') === '') return { type: 'text', code: 204, contentType: '', body: '' }
  const node = nodeOf(context, request, pod)
  return {
    type: 'stream',
    contentType: 'text/plain',
    open: (writer) => {
      let open = true
      const onText = (text: Uint8Array): void => {
        if (open) writer.write(text)
      }
      const onEnd = (): void => {
        if (open) writer.end()
        open = false
      }
      try {
        const log = node.logs(pod, { ...options.request, container }, onText, onEnd)
        return () => {
          if (!open) return
          open = false
          log.stop()
        }
      } catch (error) {
        throw passedOn(error, pod)
      }
    },
  }
}
