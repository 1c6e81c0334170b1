// What containers publish on the bus: the signals they get from outside and how they end.

import { topic } from '@podwire/engine'
import type { Signal } from '../images/image.ts'

export interface ContainerSignalled {
  /** `default/web-0` */
  readonly pod: string
  readonly container: string
  readonly signal: Signal
}

/** The runtime sent a container a signal: SIGTERM (or the image's own) when it is to stop, SIGKILL when it has to. */
export const containerSignalled = topic<ContainerSignalled>(
  'container.signalled',
  (digest, { pod, container, signal }) => {
    digest.text(pod)
    digest.text(container)
    digest.text(signal)
  },
)

export interface ContainerExited {
  readonly pod: string
  readonly container: string
  readonly exitCode: number
}

export const containerExited = topic<ContainerExited>('container.exited', (digest, { pod, container, exitCode }) => {
  digest.text(pod)
  digest.text(container)
  digest.number(exitCode)
})
