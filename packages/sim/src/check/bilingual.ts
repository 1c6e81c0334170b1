// Sentences that a learner reads: each is there in English and in Chinese.

import { z } from 'zod'

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

export type Bilingual = Readonly<Record<Language, string>>

const text = z.string('write a text').trim().min(1, 'this text is empty')

/** Chinese has no blanks between its characters: those are line ends that YAML has folded. */
const chinese = text.transform((words) =>
  words.replaceAll(/(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])/g, ''),
)

export const bilingual = z.strictObject(
  { en: text, zh: chinese },
  'write { en: …, zh: … }: the text in English and in Chinese',
)

/** The same in both: names, numbers, what a tool said. */
export function alike(text: string): Bilingual {
  return { en: text, zh: text }
}
