// Every request has an id, which its answer tells: the client's own, or one that is made up. Source: apiserver
// endpoints/filters/audit_init.go. Ids are UUIDs of which only the last part changes: drawing a whole one costs more than many answers.

import type { Random } from '@podwire/engine'
import type { IncomingHttpHeaders } from 'node:http'

const LAST_PART_DIGITS = 12

export class AuditIds {
  readonly #prefix: string
  #last = 0

  constructor(random: Random) {
    this.#prefix = random.uuid().slice(0, -LAST_PART_DIGITS)
  }

  of(headers: IncomingHttpHeaders): string {
    const own = headers['audit-id']
    if (typeof own === 'string' && own !== '') return own
    return this.#prefix + (++this.#last).toString(16).padStart(LAST_PART_DIGITS, '0')
  }
}
