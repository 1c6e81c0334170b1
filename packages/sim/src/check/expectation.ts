// Does a text or a number come up to what is expected of it? Each answer is a fact a learner can read.

import { alike, type Bilingual } from './bilingual.ts'
import type { Amount, TextExpectation } from './expectation-schema.ts'

/** One thing that was looked at: right or not, and in words. */
export interface Fact {
  readonly ok: boolean
  readonly text: Bilingual
}

export function fact(ok: boolean, en: string, zh: string): Fact {
  return { ok, text: { en, zh } }
}

export function withinAmount(count: number, wanted: Amount): boolean {
  if (typeof wanted === 'number') return count === wanted
  return count >= (wanted.min ?? 0) && count <= (wanted.max ?? Infinity)
}

/** `3`, `at least 2`, `2 to 4` */
export function amountText(wanted: Amount): Bilingual {
  if (typeof wanted === 'number') return { en: String(wanted), zh: ` ${wanted}` }
  const { min, max } = wanted
  if (max === undefined) return { en: `at least ${min ?? 0}`, zh: `至少 ${min ?? 0}` }
  if (min === undefined) return { en: `at most ${max}`, zh: `至多 ${max}` }
  return { en: `${min} to ${max}`, zh: ` ${min} 到 ${max}` }
}

/** @param what names the text in both languages: `the output` */
export function textFacts(what: Bilingual, text: string, wanted: TextExpectation): readonly Fact[] {
  const facts: Fact[] = []
  const { is, contains = [], lacks = [], matches } = wanted
  const add = (ok: boolean, en: string, zh: string): void => {
    const got = shown(text)
    const actual = ok ? { en: '', zh: '' } : { en: `, it is ${got.en}`, zh: `，实际是 ${got.zh}` }
    facts.push(fact(ok, `${what.en} ${en}${actual.en}`, `${what.zh}${zh}${actual.zh}`))
  }
  if (is !== undefined) {
    const ok = text.trim() === is.trim()
    add(ok, `${ok ? 'is' : 'should be'} ${quoted(is)}`, `${ok ? '是' : '应为'} ${quoted(is)}`)
  }
  for (const part of contains) {
    const ok = text.includes(part)
    add(ok, `${ok ? 'contains' : 'should contain'} ${quoted(part)}`, `${ok ? '包含' : '应包含'} ${quoted(part)}`)
  }
  for (const part of lacks) {
    const ok = !text.includes(part)
    add(
      ok,
      `${ok ? 'does not contain' : 'should not contain'} ${quoted(part)}`,
      `${ok ? '不含' : '不应包含'} ${quoted(part)}`,
    )
  }
  if (matches !== undefined) {
    const ok = new RegExp(matches, 'm').test(text)
    add(ok, `${ok ? 'matches' : 'should match'} /${matches}/`, `${ok ? '匹配' : '应匹配'} /${matches}/`)
  }
  return facts
}

function quoted(text: string): string {
  return JSON.stringify(text)
}

const MOST_SHOWN = 200
const MOST_LINES = 4

/** A text in a sentence: quoted and not too long; of long ones, how long they are. */
export function shown(text: string): Bilingual {
  const trimmed = text.trim()
  const { length } = trimmed.split('\n')
  if (length > MOST_LINES) return { en: `${length} lines long`, zh: `${length} 行文本` }
  return alike(quoted(trimmed.length > MOST_SHOWN ? `${trimmed.slice(0, MOST_SHOWN)}…` : trimmed))
}
