// Does a container's image have to be pulled, can it be, and what does the status say when it cannot.
// Source: kubernetes pkg/kubelet/images (image_manager.go). Departure: pulls run side by side (serializeImagePulls: false).

import type { Container } from '@podwire/apiserver'
import { canonicalImageName, parseImageName, type ImageReference } from '../images/image-name.ts'
import type { ImageRegistry } from '../images/registry.ts'
import type { Image } from '../images/image.ts'

export type ImageDecision =
  | { readonly kind: 'present'; readonly image: Image; readonly reference: ImageReference }
  /** `known`: the node has it, only the registry is asked. */
  | { readonly kind: 'pull'; readonly image: Image; readonly reference: ImageReference; readonly known: boolean }
  /** `event`: the reason of the event that says so. */
  | { readonly kind: 'refused'; readonly reason: string; readonly event: string; readonly message: string }
  /** The registry does not have it: pulling fails. */
  | { readonly kind: 'missing'; readonly cause: string }

export function decideImage(container: Container, images: ImageRegistry, present: ReadonlySet<string>): ImageDecision {
  const text = container.image ?? ''
  const reference = parseImageName(text)
  if (reference === undefined) {
    return {
      kind: 'refused',
      reason: 'InvalidImageName',
      event: 'InspectFailed',
      message: `Failed to apply default image tag "${text}": couldn't parse image name "${text}": invalid reference format`,
    }
  }
  const name = canonicalImageName(reference)
  const known = present.has(name)
  const policy = container.imagePullPolicy ?? (reference.tag === 'latest' ? 'Always' : 'IfNotPresent')
  if (policy === 'Never' && !known) {
    return {
      kind: 'refused',
      reason: 'ErrImageNeverPull',
      event: 'ErrImageNeverPull',
      message: `Container image "${text}" is not present with pull policy of Never`,
    }
  }
  const image = images.find(text)
  if (image === undefined) return { kind: 'missing', cause: pullError(reference) }
  return known && policy !== 'Always'
    ? { kind: 'present', image, reference }
    : { kind: 'pull', image, reference, known }
}

/** As containerd words it for a repository that does not exist. */
function pullError(reference: ImageReference): string {
  const name = canonicalImageName(reference)
  const repository = `${reference.host}/${reference.path}`
  return (
    `failed to pull and unpack image "${name}": failed to resolve reference "${name}": pull access denied, ` +
    `repository does not exist or may require authorization: ${repository} is not registered with podwire`
  )
}

/** Go prints durations of pulls in milliseconds or seconds: `1.234s`, `412ms`. */
export function pullDuration(durationUs: number): string {
  const milliseconds = Math.max(1, Math.round(durationUs / 1000))
  return milliseconds >= 1000 ? `${milliseconds / 1000}s` : `${milliseconds}ms`
}
