// GET pods/{name}/log: plain text, at once or followed. Source: pkg/registry/core/pod/rest/log.go, core validation of PodLogOptions.

import type { Engine } from '@podwire/engine'
import type { StreamAnswer } from '../http/stream-answer.ts'
import type { ResourceRequest } from '../http/request-handler.ts'
import { isTrue } from '../http/request-info.ts'
import { badRequest, notSimulated } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import type { LogRequest } from './node-connection.ts'
import { containerOf, findPod, nodeOf, requireNode, type StreamContext } from './pod-target.ts'

export interface PodLogContext extends StreamContext {
  readonly engine: Engine
  readonly request: ResourceRequest
}

function invalidOption(field: string, value: number, why: string): StatusError {
  const message = `Invalid value: ${value}: ${why}`
  return new StatusError(422, 'Invalid', `PodLogOptions "" is invalid: ${field}: ${message}`, {
    kind: 'PodLogOptions',
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  })
}

function integer(query: URLSearchParams, name: string, lowest: number): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  const value = Number(text)
  if (value < lowest) throw invalidOption(name, value, `must be greater than ${lowest === 0 ? 'or equal to 0' : '0'}`)
  return value
}

function sinceSeconds(query: URLSearchParams, engine: Engine): number | undefined {
  const seconds = integer(query, 'sinceSeconds', 1)
  const time = query.get('sinceTime') ?? ''
  if (time === '') return seconds
  const milliseconds = Date.parse(time)
  if (Number.isNaN(milliseconds)) throw badRequest(`parsing time ${JSON.stringify(time)}: not RFC 3339`)
  return Math.max(1, Math.ceil((engine.clock.wallTimeMs() - milliseconds) / 1000))
}

export function logRequest(query: URLSearchParams, container: string, engine: Engine): LogRequest {
  const stream = query.get('stream') ?? 'All'
  if (stream !== 'All') throw notSimulated(`logs of one stream (stream=${stream})`)
  const tailLines = integer(query, 'tailLines', 0)
  const limitBytes = integer(query, 'limitBytes', 1)
  const since = sinceSeconds(query, engine)
  return {
    container,
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(since === undefined ? {} : { sinceSeconds: since }),
  }
}

export function podLogAnswer(context: PodLogContext): StreamAnswer {
  const { request, engine } = context
  return {
    type: 'stream',
    contentType: 'text/plain',
    open: (writer) => {
      const pod = findPod(context, request)
      const options = logRequest(request.query, containerOf(pod, request.query.get('container') ?? ''), engine)
      // Nothing was written yet.
      if ((pod.spec.nodeName ?? '') === '') {
        writer.end()
        return () => {}
      }
      requireNode(context, request, pod.spec.nodeName ?? '')
      const node = nodeOf(context, pod)
      let open = true
      const log = node.logs(
        pod,
        options,
        (text) => {
          if (open) writer.write(text)
        },
        () => {
          if (open) writer.end()
          open = false
        },
      )
      return () => {
        if (!open) return
        open = false
        log.stop()
      }
    },
  }
}
