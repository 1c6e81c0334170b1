// The real kubectls at hand.

import { compareText } from '@podwire/engine'
import { readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export interface Kubectl {
  readonly version: string
  readonly path: string
}

/** `kubectl` on the PATH and, beside it, `kubectl.1.27` and so on. */
export function findKubectls(): readonly Kubectl[] {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      const path = realpathSync(join(folder, 'kubectl'))
      const beside = readdirSync(dirname(path)).filter((name) => /^kubectl\.1\.\d+$/.test(name))
      const versions = beside
        .sort(compareText)
        .map((name) => ({ version: name.slice(8), path: join(dirname(path), name) }))
      return versions.length > 0 ? versions : [{ version: 'on the PATH', path }]
    } catch {
      // No kubectl in this folder.
    }
  }
  return []
}
