// pause: waits for a signal, forever. No shell inside.

import type { Image } from './image.ts'
import { takesSignals } from './program.ts'

export const pause: Image = {
  name: 'pause',
  aliases: ['kubernetes/pause', 'google_containers/pause'],
  entrypoint: ['/pause'],
  ports: [],
  libc: 'musl',
  distroless: true,
  start: (context) => takesSignals(context, { SIGTERM: 0, SIGINT: 0 }),
}
