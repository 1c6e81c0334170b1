// Where a learner works: the kubeconfig, and beside it the folder `lab` with copies of the lab's files. The learner's shell may stand in
// that folder while a lab is reset or the next one starts, so it stays the same folder.

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** The default of `podwire lab start` for somebody who stands there. */
export function labKubeconfig(here: string): string {
  const place = /^(.*\/\.podwire)\/lab(?:\/|$)/.exec(here)?.[1]
  return place === undefined ? '.podwire/kubeconfig' : `${place}/kubeconfig`
}

/** Empties a folder, or makes it. */
export function emptyFolder(path: string): void {
  mkdirSync(path, { recursive: true })
  for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true })
}
