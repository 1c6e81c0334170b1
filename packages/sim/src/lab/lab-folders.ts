// Where labs are: those that come with podwire (`labs/` of the repository; beside the code in an installed package), and any other
// folder with a lab.yaml in it, by its path.

import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { compareText } from '@podwire/engine'
import { didYouMean } from '../arguments/did-you-mean.ts'
import { shippedFolder } from '../document/shipped-folder.ts'
import { LAB_ERRORS } from './lab-words.ts'
import { isLabFolder } from './read-lab.ts'

export const labsHome = (): string => shippedFolder('labs')

/** In the order of a course: their names begin with a number. */
export function labNames(): readonly string[] {
  const home = labsHome()
  return readdirSync(home)
    .filter((name) => isLabFolder(join(home, name)))
    .sort(compareText)
}

/**
 * A lab by its name, by its name without the number, by its number, or by the path of its folder.
 * @throws PodwireError when there is none
 */
export function findLab(wanted: string): string {
  const names = labNames()
  const name =
    names.find((one) => one === wanted) ??
    names.find((one) => one.replace(/^\d+-/, '') === wanted) ??
    names.find((one) => /^\d+$/.test(wanted) && Number.parseInt(one, 10) === Number(wanted))
  if (name !== undefined) return join(labsHome(), name)
  if (/[/\\]/.test(wanted) || wanted === '.') {
    const folder = resolve(wanted)
    if (isLabFolder(folder)) return folder
    throw LAB_ERRORS.noFolder(wanted)
  }
  const meant = didYouMean(
    wanted,
    names.map((one) => one.replace(/^\d+-/, '')),
  )
  throw LAB_ERRORS.unknown(wanted, meant)
}
