// A saved cluster, taken up again: the images it needs are asked for, and its inputs are run.

import { PodwireError } from '@podwire/engine'
import { LOAD_CLUSTER } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import type { Cluster } from '../sdk/cluster.ts'
import type { ClusterOptions } from '../sdk/options.ts'
import type { Input } from './journal.ts'
import { readSaveFile } from './save-file.ts'
import { fromJson, targetFromJson } from './saved-data.ts'
import { resume } from './timeline.ts'

/** What is given again when a file is loaded, because it is made of functions. */
export interface LoadClusterOptions extends Pick<ClusterOptions, 'guard' | 'invariants'> {
  /** All images the cluster was created with or was given later. */
  readonly images?: ClusterOptions['images']
}

/**
 * Takes a cluster up where `cluster.save(file)` wrote it down, by running its inputs again.
 * @throws PodwireError when the file is damaged or of another version, an image is missing, or the run is another one now
 */
export async function loadCluster(path: string, options: LoadClusterOptions = {}): Promise<Cluster> {
  checkArguments('load a cluster', LOAD_CLUSTER, [path, options])
  const saved = await readSaveFile(path)
  const given = new Map((options.images ?? []).map((image) => [image.name, image]))
  const missing = saved.images.filter((name) => !given.has(name))
  if (missing.length > 0) {
    throw new PodwireError(
      `load ${path}`,
      `it needs the image${missing.length === 1 ? '' : 's'} ${missing.join(', ')}, and programs are not saved`,
      'Give them: loadCluster(file, { images: [fetchImage(…)] }).',
    )
  }
  const [...images] = given.values()
  let last: Input | undefined
  for (const [index, input] of saved.inputs.entries()) {
    const args = input.args.map((arg) => (isImage(arg) ? given.get(arg.$image) : fromJson(arg)))
    last = { ...input, on: targetFromJson(input.on), args, number: index + 1, previous: last }
  }
  const atStart = new Set(saved.images)
  for (const input of saved.inputs) for (const arg of input.args) if (isImage(arg)) atStart.delete(arg.$image)
  const restored = fromJson(saved.options) as ClusterOptions
  const { images: _images, ...watching } = options
  return resume(
    {
      ...restored,
      images: images.filter(({ name }) => atStart.has(name)),
      ...watching,
    },
    { last, moment: saved.moment, marks: undefined, snapshot: undefined },
  )
}

function isImage(value: unknown): value is { readonly $image: string } {
  return typeof value === 'object' && value !== null && '$image' in value
}
