// A response that is not there yet, told by a callback. A promise would do the same and cost every request a turn of the event
// loop; who carries other people's requests uses this.

import type { HttpResponse } from './message.ts'

export class LateResponse {
  #settled = false
  #response: HttpResponse | undefined
  #listener: ((response: HttpResponse | undefined) => void) | undefined

  /** Once. @param response undefined: the connection is closed without an answer */
  settle(response: HttpResponse | undefined): void {
    this.#settled = true
    this.#response = response
    this.#listener?.(response)
  }

  /** For the server alone: there is one listener. */
  whenSettled(listener: (response: HttpResponse | undefined) => void): void {
    if (this.#settled) listener(this.#response)
    else this.#listener = listener
  }
}
