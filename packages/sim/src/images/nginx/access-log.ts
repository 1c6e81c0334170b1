// nginx's access log, in its `combined` shape without referer and agent.

import type { Clock } from '@podwire/engine'
import type { HttpRequest, HttpResponse } from '../../http/message.ts'
import { httpDate } from '../responses.ts'
import type { AccessLog } from './configured.ts'

export function accessLog(clock: Clock, write: (line: string) => void): AccessLog {
  return (request, peer, response) => write(accessLine(clock, request, peer, response))
}

interface Said {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly status: number
  readonly bytes: number
  readonly line: string
}

// What was last said of each peer in this second: a kubelet asks all nginx pods of its node the same, and they say the same.
const said = new Map<string, Said>()
let saidAt = ''

export function accessLine(
  clock: Clock,
  { method, target, version }: HttpRequest,
  peer: string,
  { status, body: { length: bytes } }: HttpResponse,
): string {
  const time = logTime(clock)
  if (time !== saidAt) {
    said.clear()
    saidAt = time
  }
  const known = said.get(peer)
  if (
    known !== undefined &&
    known.method === method &&
    known.target === target &&
    known.version === version &&
    known.status === status &&
    known.bytes === bytes
  ) {
    return known.line
  }
  const line = `${peer} - - [${time}] "${method} ${target} HTTP/${version}" ${status} ${bytes} "-" "-" "-"\n`
  said.set(peer, { method, target, version, status, bytes, line })
  return line
}

/** `01/Jan/2026:00:00:00 +0000` */
function logTime(clock: Clock): string {
  const date = httpDate(clock)
  if (date !== lastDate) {
    lastDate = date
    lastLogTime = `${date.slice(5, 7)}/${date.slice(8, 11)}/${date.slice(12, 16)}:${date.slice(17, 25)} +0000`
  }
  return lastLogTime
}

// As web servers do: the text of the last second asked for.
let lastDate = ''
let lastLogTime = ''
