// What a check found: whether it holds, and what to say when that was not wanted. Matchers and plain functions say the same.

export interface Verdict {
  readonly pass: boolean
  /** What is so, in one sentence: `pod default/client does not reach http://web/: connection refused (REJECT: default/web has no endpoints)`. */
  readonly summary: string
  /** The flow's explanation, endpoints, container states; empty when there is nothing to add. */
  readonly details: string
}

/** Of a cluster in a test: how to get this very run again. */
export interface Repro {
  readonly seed: number
  /** A command for one line; undefined: nobody knows which test it is. */
  readonly command?: string | undefined
}

/** The text of a failure: the sentence, the details, the way to repeat it. */
export function failureText({ summary, details }: Verdict, repro: Repro | undefined): string {
  const again =
    repro === undefined
      ? []
      : [repro.command === undefined ? `Repeat it with seed ${repro.seed}.` : `Repeat it: ${repro.command}`]
  return [summary, ...(details === '' ? [] : [details]), ...again].join('\n\n')
}
