// temporal-redirect: every request is answered 302; stronger than permanent-redirect.

import type { Annotation } from './annotation.ts'
import { isUrl } from './permanent-redirect.ts'

export const temporalRedirect: Annotation = {
  name: 'temporal-redirect',
  read(text, rules) {
    if (!isUrl(text)) return 'must be a URL'
    rules.temporalRedirect = { url: text, code: 302 }
    return undefined
  },
}
