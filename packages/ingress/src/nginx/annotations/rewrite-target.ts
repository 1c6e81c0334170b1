// rewrite-target: the URI the backend gets, with $1 … for groups of the path, which is then a pattern.

import type { Annotation } from './annotation.ts'

export const rewriteTarget: Annotation = {
  name: 'rewrite-target',
  read(text, rules) {
    if (text === '') return 'must not be empty'
    rules.rewriteTarget = text
    return undefined
  },
}
