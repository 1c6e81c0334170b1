// force-ssl-redirect: http goes to https also where the host has no certificate (TLS ends in front of the controller).

import { readBoolean, type Annotation } from './annotation.ts'

export const forceSslRedirect: Annotation = {
  name: 'force-ssl-redirect',
  read: (text, rules) => readBoolean(text, (value) => (rules.forceSslRedirect = value)),
}
