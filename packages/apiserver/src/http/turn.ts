// What waits for the end of a turn of the event loop: first the requests that came in it are worked off, then what was answered is
// written, then who sent more than can be read is told so. So each of the three (reading, working, writing) is done with warm caches, and who waits is woken once: a create of
// sixteen clients at once takes a quarter less processor time. A request that comes alone waits for nothing.

import { macrotask } from '@podwire/engine'
import type { OutgoingHttpHeaders } from 'node:http'
import type { AnswerTarget } from './exchange.ts'

/** An answer that is ready to be sent. */
interface ReadyAnswer {
  readonly response: AnswerTarget
  readonly code: number
  readonly head: OutgoingHttpHeaders
  /** One byte a character. */
  readonly body: string
}

/** So many requests are worked off before their answers are written: nobody waits for hundreds of others. */
const TOGETHER = 32

export class Turn {
  #requests: (() => void)[] = []
  #answers: ReadyAnswer[] = []
  #refusals: (() => void)[] = []
  #ends = false
  readonly #onError: (error: unknown) => void

  /** @param onError told why an answer could not be written; its connection is cut off */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** @param work must not throw */
  request(work: () => void): void {
    this.#requests.push(work)
    this.#endLater()
  }

  answer(ready: ReadyAnswer): void {
    this.#answers.push(ready)
    this.#endLater()
  }

  /** @param refuse what comes behind all answers of its connection; must not throw */
  refusal(refuse: () => void): void {
    this.#refusals.push(refuse)
    this.#endLater()
  }

  /** Does what waits now. */
  end(): void {
    this.#ends = false
    const requests = this.#requests
    this.#requests = []
    for (let done = 0; done < requests.length; done += TOGETHER) {
      for (const work of requests.slice(done, done + TOGETHER)) work()
      this.#writeAnswers()
    }
    this.#writeAnswers()
    const refusals = this.#refusals
    this.#refusals = []
    for (const refuse of refusals) refuse()
  }

  #writeAnswers(): void {
    const answers = this.#answers
    this.#answers = []
    for (const ready of answers) this.#write(ready)
  }

  #endLater(): void {
    if (this.#ends) return
    this.#ends = true
    void macrotask().then(() => this.end())
  }

  #write({ response, code, head, body }: ReadyAnswer): void {
    if (response.headersSent) return
    try {
      response.writeHead(code, head).end(body, 'latin1')
    } catch (error) {
      this.#onError(error)
      response.destroy()
    }
  }
}
