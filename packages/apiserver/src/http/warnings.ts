// Warning headers: one a text, deduplicated, quoted, within the budget of the real server (4096 runes in all, then 256 each).
// Source: apiserver endpoints/filters/warning.go, apimachinery util/net/http.go (NewWarningHeader).

const TOTAL_RUNES = 4096
const TRUNCATED_RUNES = 256
const UNFIT = /[\p{Cc}\p{Cs}]/u

const NONE: readonly string[] = []

export class WarningCollector {
  /** Most requests warn of nothing. */
  #texts: Set<string> | undefined

  /** A text that no header can carry (control characters, half a surrogate pair) is left out, as upstream leaves it out. */
  add(text: string): void {
    if (text !== '' && !UNFIT.test(text)) (this.#texts ??= new Set()).add(text)
  }

  /** Header values: `299 - "text"`. */
  headers(): readonly string[] {
    if (this.#texts === undefined) return NONE
    const texts = [...this.#texts]
    const total = texts.reduce((sum, text) => sum + [...text].length, 0)
    const kept = total <= TOTAL_RUNES ? texts : truncate(texts)
    return kept.map(warningHeader)
  }
}

function truncate(texts: readonly string[]): readonly string[] {
  const kept: string[] = []
  let used = 0
  for (const text of texts) {
    const runes = [...text].slice(0, TRUNCATED_RUNES)
    if (used + runes.length > TOTAL_RUNES) break
    used += runes.length
    kept.push(runes.join(''))
  }
  return kept
}

/** Header bytes are Latin-1 to Node: UTF-8 text is passed through byte by byte. */
export function warningHeader(text: string): string {
  const quoted = text.replace(/[\\"]/g, '\\$&')
  return `299 - "${Buffer.from(quoted, 'utf8').toString('latin1')}"`
}
