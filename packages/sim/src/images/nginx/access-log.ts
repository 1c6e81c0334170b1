// nginx's access log, in its `combined` shape without referer and agent.

import type { Clock } from '@podwire/engine'
import { httpDate } from '../responses.ts'
import type { AccessLog } from './configured.ts'

export function accessLog(clock: Clock, write: (line: string) => void): AccessLog {
  return ({ method, target, version }, peer, { status, body }) =>
    write(
      `${peer} - - [${logTime(clock)}] "${method} ${target} HTTP/${version}" ${status} ${body.length} "-" "-" "-"\n`,
    )
}

/** `01/Jan/2026:00:00:00 +0000` */
function logTime(clock: Clock): string {
  const date = httpDate(clock)
  if (date !== lastDate) {
    const [, day, month, year, time] = date.split(' ')
    lastDate = date
    lastLogTime = `${day}/${month}/${year}:${time} +0000`
  }
  return lastLogTime
}

// As web servers do: the text of the last second asked for.
let lastDate = ''
let lastLogTime = ''
