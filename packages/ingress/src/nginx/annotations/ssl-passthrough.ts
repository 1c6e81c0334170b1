// ssl-passthrough: TLS connections for the host go on to the Service as they are, chosen by SNI; the controller needs
// --enable-ssl-passthrough for it. Source: ingress-nginx internal/ingress/annotations/sslpassthrough/main.go.

import { readBoolean, type Annotation } from './annotation.ts'

export const sslPassthrough: Annotation = {
  name: 'ssl-passthrough',
  read: (text, rules) => readBoolean(text, (value) => (rules.sslPassthrough = value)),
}
