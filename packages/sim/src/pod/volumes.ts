// The files that volumes bring into a container: ConfigMaps, Secrets, the downward API, projections of these, a service
// account's token. Contents are computed when they are read, from the objects as they are then; a real kubelet takes up to
// a minute to show a changed ConfigMap. Source: kubernetes pkg/volume/{configmap,secret,downwardapi,projected}.

import type { KeyToPath, Pod, Volume } from '@podwire/apiserver'
import type { ConfigLookup } from './environment.ts'
import { fieldValue, type PodAddresses } from './field-ref.ts'
import { resourceValue } from './resource-ref.ts'

export interface VolumeInput {
  readonly pod: Pod
  readonly config: ConfigLookup
  addresses(): PodAddresses
  readonly allocatable: Readonly<Record<string, string>>
  /** A service account token for this pod. */
  token(audience: string | undefined, expirationSeconds: number): string
}

/** Relative path → content; a token is asked for when somebody reads it. */
export type VolumeFiles = ReadonlyMap<string, Uint8Array | (() => Uint8Array)>

export type VolumeContent =
  /** Read-only files from the API. */
  | { readonly kind: 'files'; readonly files: () => VolumeFiles }
  /** A directory shared by the pod's containers, or kept on the node. */
  | { readonly kind: 'directory'; readonly hostPath: string | undefined }
  | { readonly kind: 'refused'; readonly message: string }

/** What a volume holds, or why it cannot be set up (the text of the FailedMount event). */
export function volumeContent(volume: Volume, input: VolumeInput): VolumeContent {
  if (volume.emptyDir !== undefined) return { kind: 'directory', hostPath: undefined }
  if (volume.hostPath !== undefined) return { kind: 'directory', hostPath: volume.hostPath.path }
  const problem = missing(volume, input)
  if (problem !== undefined) {
    return { kind: 'refused', message: `MountVolume.SetUp failed for volume "${volume.name}" : ${problem}` }
  }
  const source = volumeSource(volume)
  if (source !== undefined) return { kind: 'files', files: filesOf(source, input) }
  const { name: _name, ...rest } = volume
  const kind = Object.keys(rest)[0] ?? 'unknown'
  return { kind: 'refused', message: `podwire does not simulate ${kind} volumes (volume "${volume.name}")` }
}

/** Permission bits of a file: its item's mode, else the volume's default, 0644 where neither says. */
export function volumeFileMode(volume: Volume, path: string): number {
  const { configMap, secret, downwardAPI, projected } = volume
  const sources = projected?.sources ?? [{ configMap, secret, downwardAPI }]
  const items = sources.flatMap((source) => [
    ...(source.configMap?.items ?? []),
    ...(source.secret?.items ?? []),
    ...(source.downwardAPI?.items ?? []),
  ])
  const item = items.find((one) => `/${one.path}` === path)
  const standard = [configMap, secret, downwardAPI, projected].find((one) => one?.defaultMode !== undefined)
  return item?.mode ?? standard?.defaultMode ?? 0o644
}

type ProjectedSource = NonNullable<NonNullable<Volume['projected']>['sources']>[number]

/** One or more sources in the shape projected volumes have them. */
function volumeSource(volume: Volume): readonly ProjectedSource[] | undefined {
  if (volume.projected !== undefined) return volume.projected.sources ?? []
  if (volume.downwardAPI !== undefined) return [{ downwardAPI: volume.downwardAPI }]
  if (volume.configMap !== undefined) return [{ configMap: volume.configMap }]
  if (volume.secret !== undefined) {
    const { secretName, items, optional } = volume.secret
    return [
      {
        secret: {
          ...(secretName === undefined ? {} : { name: secretName }),
          ...(items === undefined ? {} : { items }),
          ...(optional === undefined ? {} : { optional }),
        },
      },
    ]
  }
  return undefined
}

// Departure: the volume that admission adds does not wait for kube-root-ca.crt, so that pods also start in clusters that run
// without the controller publishing it.
const ADMISSION_VOLUME = /^kube-api-access-/

function missing(volume: Volume, { pod, config }: VolumeInput): string | undefined {
  if (ADMISSION_VOLUME.test(volume.name)) return undefined
  const namespace = pod.metadata.namespace ?? ''
  for (const { configMap, secret } of volumeSource(volume) ?? []) {
    if (configMap !== undefined && configMap.optional !== true) {
      const object = config.configMap(namespace, configMap.name ?? '')
      if (object === undefined) return `configmap "${configMap.name}" not found`
      const key = missingKey(configMap.items, { ...object.binaryData, ...object.data })
      if (key !== undefined) return `configmap references non-existent config key: ${key}`
    }
    if (secret !== undefined && secret.optional !== true) {
      const object = config.secret(namespace, secret.name ?? '')
      if (object === undefined) return `secret "${secret.name}" not found`
      const key = missingKey(secret.items, object.data)
      if (key !== undefined) return `references non-existent secret key: ${key}`
    }
  }
  return undefined
}

function missingKey(
  items: readonly KeyToPath[] | undefined,
  data: Readonly<Record<string, string>> | undefined,
): string | undefined {
  return items?.find(({ key }) => data?.[key] === undefined)?.key
}

/** The same files as long as they are made of the same objects: a path through links looks several times. */
function filesOf(sources: readonly ProjectedSource[], input: VolumeInput): () => VolumeFiles {
  let madeOf: readonly unknown[] = []
  let files: VolumeFiles | undefined
  return () => {
    const objects = sources.flatMap((source) => objectsOf(source, input))
    if (files === undefined || objects.some((object, place) => object !== madeOf[place])) {
      madeOf = objects
      files = sourceFiles(sources, input)
    }
    return files
  }
}

/** What a source's contents follow from; a token's are made when it is read. */
function objectsOf({ configMap, secret, downwardAPI }: ProjectedSource, input: VolumeInput): readonly unknown[] {
  const namespace = input.pod.metadata.namespace ?? ''
  return [
    configMap === undefined ? undefined : input.config.configMap(namespace, configMap.name ?? ''),
    secret === undefined ? undefined : input.config.secret(namespace, secret.name ?? ''),
    // Fields of a pod's metadata, and of its containers against what the node has.
    downwardAPI === undefined ? undefined : input.pod,
    downwardAPI === undefined ? undefined : input.allocatable,
  ]
}

function sourceFiles(sources: readonly ProjectedSource[], input: VolumeInput): VolumeFiles {
  const files = new Map<string, Uint8Array | (() => Uint8Array)>()
  const namespace = input.pod.metadata.namespace ?? ''
  for (const { configMap, secret, downwardAPI, serviceAccountToken } of sources) {
    if (configMap !== undefined) {
      const object = input.config.configMap(namespace, configMap.name ?? '')
      addKeys(files, object?.data, configMap.items, (text) => Buffer.from(text, 'utf8'))
      addKeys(files, object?.binaryData, configMap.items, (text) => Buffer.from(text, 'base64'))
    }
    if (secret !== undefined) {
      const object = input.config.secret(namespace, secret.name ?? '')
      addKeys(files, object?.data, secret.items, (text) => Buffer.from(text, 'base64'))
    }
    for (const item of downwardAPI?.items ?? []) files.set(item.path, Buffer.from(downwardText(item, input), 'utf8'))
    if (serviceAccountToken !== undefined) {
      const { audience, expirationSeconds = 3600, path } = serviceAccountToken
      files.set(path, () => Buffer.from(input.token(audience, expirationSeconds), 'utf8'))
    }
  }
  return files
}

type DownwardItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number]

function downwardText({ fieldRef, resourceFieldRef }: DownwardItem, input: VolumeInput): string {
  if (fieldRef !== undefined) return fieldValue(fieldRef.fieldPath, input.pod, input.addresses()) ?? ''
  const container = input.pod.spec.containers.find((one) => one.name === resourceFieldRef?.containerName)
  if (resourceFieldRef === undefined || container === undefined) return ''
  return resourceValue(resourceFieldRef, container, input.allocatable) ?? ''
}

/** All keys, or the chosen ones under their chosen paths. */
function addKeys(
  files: Map<string, Uint8Array | (() => Uint8Array)>,
  data: Readonly<Record<string, string>> | undefined,
  items: readonly KeyToPath[] | undefined,
  decode: (text: string) => Uint8Array,
): void {
  if (data === undefined) return
  if (items === undefined || items.length === 0) {
    for (const [key, text] of Object.entries(data)) files.set(key, decode(text))
    return
  }
  for (const { key, path } of items) {
    const text = data[key]
    if (text !== undefined) files.set(path, decode(text))
  }
}
