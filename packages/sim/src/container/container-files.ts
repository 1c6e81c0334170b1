// A container's files: what the image brings, what the kubelet manages, what is mounted, and on top what programs wrote.
// Everything is made at the first look, so a pod that nobody looks into costs nothing.

import {
  createFileTree,
  type FileStatus,
  type FileTree,
  followLinks,
  followLinksToChange,
  resolvePath,
  ShellFileError,
} from '@podwire/shell'
import type { Image } from '../images/image.ts'
import { baseFiles, imageFamily } from './base-files.ts'
import { ReadOnlyFiles, type FileSource } from './read-only-files.ts'

/** A volume, or one directory or file of it, somewhere in the container. */
export interface Mount {
  readonly path: string
  readonly readOnly: boolean
  readonly tree: FileTree
  /** Path inside the volume that is mounted: '' or `/sub/path`. */
  readonly inside: string
}

export interface ContainerFilesOptions {
  /** The image's part may not be written: readOnlyRootFilesystem. */
  readonly readOnlyRoot?: boolean
  readonly image: Image
  /** /etc/hosts, /etc/resolv.conf, /etc/hostname. */
  managed(): ReturnType<FileSource>
  mounts(): readonly Mount[]
  /** Milliseconds since 1970, for modification times. */
  now(): number
}

const DIRECTORIES = [
  '/bin',
  '/dev',
  '/etc',
  '/home',
  '/proc',
  '/root',
  '/tmp',
  '/usr/bin',
  '/usr/local/bin',
  '/var/log',
]

const imageTrees = new WeakMap<Image, FileTree>()
/** Of images that bring no files of their own, by what the tree follows from: there are a few, whichever clusters they are of. */
const baseTrees = new Map<string, FileTree>()

/** One tree an image, shared by its containers, never written. */
function imageTree(image: Image): FileTree {
  let tree = imageTrees.get(image)
  if (tree === undefined) {
    tree = image.files === undefined ? baseTree(image) : createImageTree(image)
    imageTrees.set(image, tree)
  }
  return tree
}

function baseTree(image: Image): FileTree {
  if ((image.workingDirectory ?? '/') !== '/') return createImageTree(image)
  const family = imageFamily(image)
  let tree = baseTrees.get(family)
  if (tree === undefined) {
    tree = createImageTree(image)
    baseTrees.set(family, tree)
  }
  return tree
}

function createImageTree(image: Image): FileTree {
  const tree = createFileTree(new Map([...baseFiles(image), ...(image.files ?? [])]))
  for (const directory of [...DIRECTORIES, image.workingDirectory ?? '/']) tree.makeDirectory(directory)
  return tree
}

export class ContainerFiles implements FileTree {
  readonly #options: ContainerFilesOptions
  #upper: FileTree | undefined
  #mounts: readonly Mount[] | undefined
  #lastPath: string | undefined
  #lastMount: Mount | undefined

  constructor(options: ContainerFilesOptions) {
    this.#options = options
  }

  read(path: string): Uint8Array | undefined {
    const full = this.#leadsInside(path) ? resolvePath('/', path) : this.#followed(path)
    if (full === undefined) return undefined
    const mount = this.#mountOf(full)
    return mount === undefined ? this.#own().read(full) : mount.tree.read(inside(mount, full))
  }

  write(path: string, content: Uint8Array | string): void {
    const full = this.#toChange(path)
    const mount = this.#writable(full)
    if (mount === undefined) this.#own().write(full, content)
    else mount.tree.write(inside(mount, full), content)
  }

  append(path: string, content: Uint8Array): void {
    const full = this.#toChange(path)
    const mount = this.#writable(full)
    const tree = mount?.tree ?? this.#own()
    const target = mount === undefined ? full : inside(mount, full)
    if (tree.append !== undefined) tree.append(target, content)
    else tree.write(target, Buffer.concat([tree.read(target) ?? new Uint8Array(0), content]))
  }

  remove(path: string): boolean {
    const full = this.#toChange(path, false)
    const mount = this.#writable(full)
    return mount === undefined ? this.#own().remove(full) : mount.tree.remove(inside(mount, full))
  }

  list(path: string): readonly string[] | undefined {
    const full = this.#followed(path)
    if (full === undefined) return undefined
    const mount = this.#mountOf(full)
    const listed = mount === undefined ? this.#own().list(full) : mount.tree.list(inside(mount, full))
    const names = new Set(listed)
    const prefix = full === '/' ? '/' : `${full}/`
    let exists = listed !== undefined
    for (const { path: mounted } of this.#sortedMounts()) {
      if (!mounted.startsWith(prefix) || mounted === full) continue
      names.add(mounted.slice(prefix.length).split('/', 1)[0] ?? '')
      exists = true
    }
    return exists ? [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) : undefined
  }

  makeDirectory(path: string): void {
    const full = this.#toChange(path)
    const mount = this.#writable(full)
    if (mount === undefined) this.#own().makeDirectory(full)
    else mount.tree.makeDirectory(inside(mount, full))
  }

  status(path: string): FileStatus | undefined {
    const full = this.#followed(path)
    if (full === undefined) return undefined
    const mount = this.#mountOf(full)
    const found = mount === undefined ? this.#own().status?.(full) : mount.tree.status?.(inside(mount, full))
    if (found !== undefined) return found
    return this.list(full) === undefined
      ? undefined
      : { type: 'directory', size: 4096, modifiedMs: this.#options.now(), mode: 0o755 }
  }

  setMode(path: string, mode: number): void {
    const full = this.#toChange(path)
    const mount = this.#writable(full)
    if (mount === undefined) this.#own().setMode?.(full, mode)
    else mount.tree.setMode?.(inside(mount, full), mode)
  }

  get hasLinks(): boolean {
    return this.#own().hasLinks === true || this.#sortedMounts().some(({ tree }) => tree.hasLinks === true)
  }

  readLink(path: string): string | undefined {
    const full = followLinks((one) => this.#linkAt(one), resolvePath('/', path), false)
    return full === undefined ? undefined : this.#linkAt(full)
  }

  makeLink(path: string, target: string): void {
    const full = this.#toChange(path, false)
    const mount = this.#writable(full)
    if (mount === undefined) this.#own().makeLink?.(full, target)
    else mount.tree.makeLink?.(inside(mount, full), target)
  }

  watch(changed: (path: string) => void): () => void {
    const stops = [this.#own().watch?.(changed)]
    for (const { path, tree, inside: below } of this.#sortedMounts()) {
      stops.push(tree.watch?.((file) => changed(path + file.slice(below.length))))
    }
    return () => {
      for (const stop of stops) stop?.()
    }
  }

  /** The path after links; undefined when they lead in a circle. */
  #followed(path: string): string | undefined {
    const full = resolvePath('/', path)
    return this.#mayLead(full) ? followLinks((one) => this.#linkAt(one), full, true) : full
  }

  /** Links of a volume made of API objects stay in it, and it follows them itself. */
  #leadsInside(path: string): boolean {
    if (this.#own().hasLinks === true) return false
    return this.#mountOf(resolvePath('/', path))?.tree instanceof ReadOnlyFiles
  }

  #toChange(path: string, last = true): string {
    const full = resolvePath('/', path)
    return this.#mayLead(full) ? followLinksToChange((one) => this.#linkAt(one), full, last) : full
  }

  /** Most paths meet no tree with links in it. */
  #mayLead(full: string): boolean {
    return this.#own().hasLinks === true || this.#mountOf(full)?.tree.hasLinks === true
  }

  /** The link at this very path. What is mounted is a file or a directory, whatever it is inside its volume. */
  #linkAt(full: string): string | undefined {
    const mount = this.#mountOf(full)
    if (mount === undefined) return this.#own().readLink?.(full)
    return full === mount.path ? undefined : mount.tree.readLink?.(inside(mount, full))
  }

  #own(): FileTree {
    if (this.#upper === undefined) {
      const options = this.#options
      const below = new ReadOnlyFiles(() => options.managed(), { base: imageTree(options.image) })
      this.#upper = createFileTree(below, { now: () => options.now() })
    }
    return this.#upper
  }

  #sortedMounts(): readonly Mount[] {
    // Longest path first: the innermost mount answers.
    this.#mounts ??= [...this.#options.mounts()].sort((a, b) => b.path.length - a.path.length)
    return this.#mounts
  }

  #mountOf(full: string): Mount | undefined {
    // Asked more than once for each look at a file.
    if (full !== this.#lastPath) {
      this.#lastMount = this.#findMount(full)
      this.#lastPath = full
    }
    return this.#lastMount
  }

  #findMount(full: string): Mount | undefined {
    for (const mount of this.#sortedMounts()) {
      const { path } = mount
      if (full.startsWith(path) && (full.length === path.length || full[path.length] === '/')) return mount
    }
    return undefined
  }

  #writable(full: string): Mount | undefined {
    const mount = this.#mountOf(full)
    const readOnly = mount === undefined ? this.#options.readOnlyRoot === true : mount.readOnly
    // /dev is the runtime's: its termination log is written whatever the image's files are.
    if (readOnly && !full.startsWith('/dev/')) throw new ShellFileError('EROFS', full)
    return mount
  }
}

function inside(mount: Mount, full: string): string {
  const path = mount.inside + full.slice(mount.path.length)
  return path === '' ? '/' : path
}
