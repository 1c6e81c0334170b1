// When a process notices that its Corefile changed: the kubelet writes a changed ConfigMap into the pod's volume within a
// minute, and `reload` looks at the file every interval, with jitter. Both waits are drawn once per change instead of ticking.

import { configMaps, type InformerFactory } from '@podwire/apiserver'
import { SECOND, type Engine, type Random, type ScheduledTask } from '@podwire/engine'
import type { ReloadTiming } from '../plugins/index.ts'

const KUBELET_SYNC_US = 60 * SECOND

export interface ReloadWatchOptions {
  readonly engine: Engine
  readonly random: Random
  readonly name: string
  readonly timing: () => ReloadTiming | undefined
  readonly reload: () => void
}

export class ReloadWatch {
  readonly #options: ReloadWatchOptions
  #mount: ScheduledTask | undefined
  #look: ScheduledTask | undefined
  #stopped = false

  constructor(options: ReloadWatchOptions) {
    this.#options = options
  }

  /**
   * @param mounted the text the volume has now: as long as the ConfigMap says the same, there is nothing to wait for
   * @param changed is told when the volume has the new content, with the key's text
   */
  follow(
    informers: InformerFactory,
    ref: { readonly namespace: string; readonly name: string; readonly key?: string },
    mounted: string,
    changed: (text: string) => void,
  ): void {
    const { engine, name, random } = this.#options
    const fieldSelector = `metadata.name=${ref.name},metadata.namespace=${ref.namespace}`
    let known = mounted
    informers.informer(configMaps, { fieldSelector }).onChange(({ type, object }) => {
      const text = object.data?.[ref.key ?? 'Corefile']
      if (type === 'deleted' || text === undefined || this.#stopped || text === known) return
      known = text
      engine.cancel(this.#mount)
      const delayUs = random.uniform(0, KUBELET_SYNC_US)
      this.#mount = engine.schedule(delayUs, `${name} volume`, () => changed(text))
    })
  }

  /** The file has other content now. */
  fileChanged(): void {
    const { engine, name, random } = this.#options
    const timing = this.#options.timing()
    if (timing === undefined || this.#look?.pending === true || this.#stopped) return
    const intervalUs = timing.intervalUs + random.uniform(0, timing.jitterUs)
    const delayUs = random.uniform(0, intervalUs)
    this.#look = engine.schedule(delayUs, `${name} reload`, () => this.#options.reload())
  }

  stop(): void {
    this.#stopped = true
    this.#options.engine.cancel(this.#mount)
    this.#options.engine.cancel(this.#look)
  }
}
