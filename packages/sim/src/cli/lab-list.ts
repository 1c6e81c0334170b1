// `podwire lab list` and `podwire lab show`: which labs there are, and the text of one, without starting anything.

import { join } from 'node:path'
import type { Language } from '../check/bilingual.ts'
import { findLab, labNames, labsHome } from '../lab/lab-folders.ts'
import { labIntroduction } from '../lab/lab-text.ts'
import { LAB_WORDS } from '../lab/lab-words.ts'
import { readLab } from '../lab/read-lab.ts'
import { formatTable } from './table.ts'

export interface LabListOptions {
  readonly lang: Language
}

export async function runLabList({ lang }: LabListOptions): Promise<number> {
  const rows = labNames().map((name) => [name, readLab(join(labsHome(), name)).title[lang]])
  process.stdout.write(formatTable([LAB_WORDS.name[lang], LAB_WORDS.title[lang]], rows))
  return 0
}

export async function runLabShow(name: string, { lang }: LabListOptions): Promise<number> {
  process.stdout.write(labIntroduction(readLab(findLab(name)), lang))
  return 0
}
