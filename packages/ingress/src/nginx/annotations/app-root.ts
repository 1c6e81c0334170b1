// app-root: where requests for `/` are redirected to.

import type { Annotation } from './annotation.ts'

export const appRoot: Annotation = {
  name: 'app-root',
  read(text, rules) {
    if (!text.startsWith('/')) return 'must be an absolute path'
    rules.appRoot = text
    return undefined
  },
}
