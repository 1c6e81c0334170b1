// Sentences that a learner reads: each is there in English and in Chinese.

import { z } from 'zod'

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

export type Bilingual = Readonly<Record<Language, string>>

const text = z.string('write a text').trim().min(1, 'this text is empty')

export const bilingual = z.strictObject(
  { en: text, zh: text },
  'write { en: …, zh: … }: the text in English and in Chinese',
)

/** The same in both: names, numbers, what a tool said. */
export function alike(text: string): Bilingual {
  return { en: text, zh: text }
}
