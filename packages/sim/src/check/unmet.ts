// What a check needs and does not find: an object, a value, a place to start from. It makes the check fail with this sentence; it
// is no mistake of whoever wrote the check.

import { PodwireError } from '@podwire/engine'
import type { Bilingual } from './bilingual.ts'

export class UnmetError extends PodwireError {
  override readonly name = 'UnmetError'
  readonly text: Bilingual

  constructor(en: string, zh: string) {
    super('check the cluster', en)
    this.text = { en, zh }
  }
}
