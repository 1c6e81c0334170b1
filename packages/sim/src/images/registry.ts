// The registry of a cluster: images by name. Users' images come before the built-in ones; what nobody registered is a
// generic image, or is refused when the cluster is strict.

import { PodwireError } from '@podwire/engine'
import { BUILT_IN_IMAGES } from './built-in.ts'
import { genericImage } from './generic.ts'
import type { Image } from './image.ts'
import { lookupNames, parseImageName } from './image-name.ts'
import {
  fetchImage,
  listenerImage,
  socketImage,
  type FetchProgram,
  type NodeProgram,
  type SocketProgram,
  type UserImageOptions,
} from './user-images.ts'

export interface ImageRegistryOptions {
  /** Unknown images fail to pull; default false: they answer on their declared ports. */
  readonly strict?: boolean
}

export interface ImageRegistry {
  /** Adds an image, before built-in ones of the same name. The last registration of a name wins. */
  register(image: Image): void
  registerFetch(name: string, handler: FetchProgram, options: UserImageOptions): void
  registerListener(name: string, listener: NodeProgram, options: UserImageOptions): void
  registerSocketProgram(name: string, program: SocketProgram, options: UserImageOptions): void
  /** The image a reference names; undefined: it cannot be pulled. */
  find(reference: string): Image | undefined
}

export function createImageRegistry(options: ImageRegistryOptions = {}): ImageRegistry {
  const own = new Map<string, Image>()
  const found = new Map<string, Image | undefined>()
  const register = (image: Image): void => {
    for (const name of [image.name, ...(image.aliases ?? [])]) {
      if (parseImageName(name) === undefined) {
        throw new PodwireError('register an image', `"${name}" is no image name`, 'Use a name such as "team/app".')
      }
      own.set(withoutTag(name), image)
    }
    found.clear()
  }
  const find = (text: string): Image | undefined => {
    const reference = parseImageName(text)
    if (reference === undefined) return undefined
    const names = lookupNames(reference)
    for (const images of [own, BUILT_IN_IMAGES]) {
      for (const name of names) {
        const image = images.get(name)
        if (image !== undefined) return image
      }
    }
    return options.strict === true ? undefined : genericImage(names.at(-1) ?? text)
  }
  return {
    register,
    registerFetch: (name, handler, image) => register(fetchImage(name, handler, image)),
    registerListener: (name, listener, image) => register(listenerImage(name, listener, image)),
    registerSocketProgram: (name, program, image) => register(socketImage(name, program, image)),
    find: (text) => {
      if (!found.has(text)) found.set(text, find(text))
      return found.get(text)
    },
  }
}

function withoutTag(name: string): string {
  const colon = name.lastIndexOf(':')
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name
}
