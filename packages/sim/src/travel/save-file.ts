// A saved cluster: one JSON file with its seed, options and inputs. It is written beside its place and then put there, so that a file
// is whole or not there; a checksum tells a damaged one, a version one of another podwire. Functions are not saved: images are
// named, and given again when the file is loaded.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { writeWholeFile } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { readingProblem, writingProblem } from '../document/file-problem.ts'
import type { ClusterOptions } from '../sdk/options.ts'
import type { Moment } from './journal.ts'

const FORMAT = 'podwire-cluster'
export const SAVE_VERSION = 1

/** What is in the file, as plain JSON. */
export interface SavedCluster {
  /** Those that are data. */
  readonly options: Omit<ClusterOptions, 'images'>
  /** Names of images that have to be given when it is loaded. */
  readonly images: readonly string[]
  readonly inputs: readonly SavedInput[]
  readonly moment: Moment
}

export interface SavedInput {
  readonly on: unknown
  readonly call: string
  readonly args: readonly unknown[]
  readonly moment: Moment
  readonly whileMoving: boolean
  readonly untilUs?: number
}

/** @throws PodwireError when it cannot be written there */
export async function writeSaveFile(path: string, cluster: SavedCluster): Promise<void> {
  const body = JSON.stringify(cluster)
  const head = { format: FORMAT, version: SAVE_VERSION, sha256: checksum(body) }
  const text = `${JSON.stringify(head).slice(0, -1)},"cluster":${body}}\n`
  try {
    await writeWholeFile(path, text)
  } catch (error) {
    throw new PodwireError(
      `save the cluster to ${path}`,
      writingProblem(error),
      'Choose a file in a folder you may write to.',
    )
  }
}

/** @throws PodwireError for what is not there, no save file, damaged, or of a version this podwire does not know */
export async function readSaveFile(path: string): Promise<SavedCluster> {
  const refuse = (reason: string, remedy: string): PodwireError => new PodwireError(`load ${path}`, reason, remedy)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw refuse(readingProblem(error), 'Give the path of a file that cluster.save() wrote.')
  }
  const again = 'Save the cluster again, or take the file from where it was copied.'
  let file: Readonly<Record<string, unknown>>
  try {
    const parsed: unknown = JSON.parse(text)
    file = typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch (error) {
    if (!text.startsWith(`{"format":"${FORMAT}"`))
      throw refuse('it is no saved cluster', 'cluster.save() writes such files.')
    const end = text.endsWith('}\n') ? '' : `: it ends in the middle, after ${text.length} characters`
    throw refuse(`it is damaged${end === '' ? ` (${messageOf(error)})` : end}`, again)
  }
  if (file['format'] !== FORMAT) throw refuse('it is no saved cluster', 'cluster.save() writes such files.')
  if (!Number.isSafeInteger(file['version'])) throw refuse('it is damaged: it has no version of the format', again)
  if (file['version'] !== SAVE_VERSION) {
    const known = `this podwire reads version ${SAVE_VERSION}`
    throw refuse(
      `it has version ${JSON.stringify(file['version'])} of the format, and ${known}`,
      'Use the podwire that saved it.',
    )
  }
  if (file['sha256'] !== checksum(JSON.stringify(file['cluster']))) {
    throw refuse('it is damaged: its checksum is not that of its content', again)
  }
  // The checksum says that it is what writeSaveFile wrote.
  return file['cluster'] as SavedCluster
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
