// A response that is no whole HTTP, as a client sees it.

import type { Flow } from '../fabric/flow.ts'

/** The peer answered something that is not HTTP, or closed too early. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  /** `empty-reply`: closed without a byte; `cut-off`: closed half-way; `malformed`: no HTTP. */
  readonly reason: 'empty-reply' | 'cut-off' | 'malformed'
  readonly flow: Flow
  /** What came in place of a status line, as far as its line reaches; '' unless malformed. */
  readonly firstLine: string

  constructor(reason: HttpError['reason'], flow: Flow, firstLine = '') {
    super(`no complete HTTP response: ${reason}`)
    this.reason = reason
    this.flow = flow
    this.firstLine = firstLine
  }
}
