// The volumes of a running pod as file trees, one each, shared by its containers. emptyDir lives as long as the pod; hostPath
// directories live on the node.

import type { Container, Pod } from '@podwire/apiserver'
import { createFileTree, type FileTree, resolvePath } from '@podwire/shell'
import type { Mount } from '../container/container-files.ts'
import { ReadOnlyFiles } from '../container/read-only-files.ts'
import { payloadPath, writePayload, type Payload } from './atomic-writer.ts'
import { expandReferences } from './expansion.ts'
import { volumeContent, volumeFileMode, type VolumeFiles, type VolumeInput } from './volumes.ts'

export interface PodVolumesOptions extends VolumeInput {
  /** The node's own files, for hostPath. */
  nodeFiles(): FileTree
  /** Milliseconds since 1970. */
  now(): number
}

export class PodVolumes {
  readonly #options: PodVolumesOptions
  #trees: Map<string, FileTree> | undefined

  constructor(options: PodVolumesOptions) {
    this.#options = options
  }

  /** Why the pod's volumes cannot be set up now: the FailedMount message. */
  problem(): string | undefined {
    for (const volume of this.#options.pod.spec.volumes ?? []) {
      const content = volumeContent(volume, this.#options)
      if (content.kind === 'refused') return content.message
    }
    return undefined
  }

  /** What a container mounts, in spec order. */
  mounts(container: Container, environment: ReadonlyMap<string, string>): readonly Mount[] {
    const mounts: Mount[] = []
    for (const { name, mountPath, readOnly, subPath, subPathExpr } of container.volumeMounts ?? []) {
      const tree = this.#tree(this.#options.pod, name)
      if (tree === undefined) continue
      const sub =
        subPathExpr === undefined ? (subPath ?? '') : expandReferences(subPathExpr, (key) => environment.get(key))
      const hostPath = this.#hostPath(name)
      const below = resolvePath('/', `${hostPath}/${sub}`)
      // Only what may have to be made is looked for: the look makes the files of a ConfigMap, or of a token.
      if (below !== '/' && readOnly !== true && tree.read(below) === undefined && tree.list(below) === undefined)
        tree.makeDirectory(below)
      mounts.push({
        path: resolvePath('/', mountPath),
        readOnly: readOnly === true || tree instanceof ReadOnlyFiles,
        tree,
        inside: below === '/' ? '' : below,
      })
    }
    return mounts
  }

  #hostPath(name: string): string {
    const volume = (this.#options.pod.spec.volumes ?? []).find((one) => one.name === name)
    return volume?.hostPath?.path ?? ''
  }

  #tree(pod: Pod, name: string): FileTree | undefined {
    const known = this.#trees?.get(name)
    if (known !== undefined) return known
    const volume = (pod.spec.volumes ?? []).find((one) => one.name === name)
    if (volume === undefined) return undefined
    const content = volumeContent(volume, this.#options)
    let tree: FileTree
    if (content.kind === 'files') {
      const payload = payloadOf(content.files, () => this.#options.pod)
      tree = new ReadOnlyFiles(() => payload().files, {
        links: () => payload().links,
        behindLinks: (path) => content.files().get(path.slice(1)),
        modeOf: (path) => volumeFileMode(volume, payloadPath(path)),
      })
    } else if (content.kind === 'directory') {
      tree =
        content.hostPath === undefined
          ? createFileTree(undefined, { now: () => this.#options.now() })
          : this.#options.nodeFiles()
    } else return undefined
    this.#trees ??= new Map()
    this.#trees.set(name, tree)
    return tree
  }
}

/** One payload for the files of a moment. */
function payloadOf(files: () => VolumeFiles, pod: () => Pod): () => Payload {
  let of: VolumeFiles | undefined
  let payload: Payload | undefined
  return () => {
    const now = files()
    if (payload === undefined || now !== of) {
      const { status, metadata } = pod()
      of = now
      payload = writePayload(now, status?.startTime ?? metadata.creationTimestamp ?? '')
    }
    return payload
  }
}
