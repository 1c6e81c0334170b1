// How a kubelet lays out the files of a ConfigMap, Secret, downward API or projected volume: in a directory named after the moment, to
// which `..data` points; what a container sees are links through that. A change makes a new directory. Departure: the moment stays
// that of the pod's start, only the digits behind it change. Source: kubernetes pkg/volume/util/atomic_writer.go.

import { hashText } from '@podwire/engine'
import type { VolumeFiles } from './volumes.ts'

const DATA = '/..data'

export interface Payload {
  /** Contents by absolute path inside the volume. */
  readonly files: VolumeFiles
  /** Links by absolute path. */
  readonly links: ReadonlyMap<string, string>
}

/**
 * @param files by path relative to the volume
 * @param startTime of the pod, RFC 3339
 */
export function writePayload(files: VolumeFiles, startTime: string): Payload {
  const directory = `..${startTime.slice(0, 19).replace(/[-T:]/g, '_')}.${digits(files)}`
  const contents = new Map<string, Uint8Array | (() => Uint8Array)>()
  const links = new Map([[DATA, directory]])
  for (const [path, content] of files) {
    const relative = path.replace(/^\/+/, '')
    contents.set(`/${directory}/${relative}`, content)
    const top = relative.split('/', 1)[0] ?? ''
    links.set(`/${top}`, `${DATA.slice(1)}/${top}`)
  }
  return { files: contents, links }
}

/** The path that a file of a payload has in its volume. */
export function payloadPath(path: string): string {
  return path.replace(/^\/\.\.[^/]+/, '')
}

/** What os.MkdirTemp adds, from what the files hold; a token changes at each look and counts by its name alone. */
function digits(files: VolumeFiles): string {
  const parts = [...files].map(
    ([path, content]) => `${path}\0${typeof content === 'function' ? '' : Buffer.from(content).toString('latin1')}`,
  )
  return String(hashText(parts.join('\0'), 0) >>> 0).padStart(10, '0')
}
