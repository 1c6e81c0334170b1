// The manifests of a step: a text with a line break is manifests, another one is a path from the scenario's folder.

import { resolve } from 'node:path'
import type { Manifest } from '@podwire/apiserver'
import type { ManifestSource } from '../sdk/manifests.ts'
import type { Manifests } from './scenario.ts'

export function manifestSource(manifests: Manifests, folder: string): ManifestSource {
  if (typeof manifests === 'string') return /\n|^https?:\/\//.test(manifests) ? manifests : resolve(folder, manifests)
  return manifests as Manifest | readonly Manifest[]
}
