// Which ConfigMap a file in a container comes from, for programs that follow their configuration. A file mounted by subPath
// never changes (the kubelet writes it once), so it has none.

import type { Pod } from '@podwire/apiserver'

export interface MountedConfigMap {
  readonly namespace: string
  readonly name: string
  readonly key: string
}

export function configMapBehind(pod: Pod, containerName: string, path: string): MountedConfigMap | undefined {
  const container = pod.spec.containers.find(({ name }) => name === containerName)
  for (const { name, mountPath, subPath, subPathExpr } of container?.volumeMounts ?? []) {
    const directory = mountPath.endsWith('/') ? mountPath : `${mountPath}/`
    if (!path.startsWith(directory) || subPath !== undefined || subPathExpr !== undefined) continue
    const source = (pod.spec.volumes ?? []).find((volume) => volume.name === name)?.configMap
    if (source?.name === undefined) continue
    const file = path.slice(directory.length)
    const key = source.items === undefined ? file : source.items.find((item) => item.path === file)?.key
    if (key !== undefined) return { namespace: pod.metadata.namespace ?? 'default', name: source.name, key }
  }
  return undefined
}
