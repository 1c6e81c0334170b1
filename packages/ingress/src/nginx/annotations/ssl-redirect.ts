// ssl-redirect: whether http goes to https where the host has a certificate; on by default.

import { readBoolean, type Annotation } from './annotation.ts'

export const sslRedirect: Annotation = {
  name: 'ssl-redirect',
  read: (text, rules) => readBoolean(text, (value) => (rules.sslRedirect = value)),
}
