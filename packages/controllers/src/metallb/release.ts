// What differs between MetalLB's releases, as far as podwire shows it: the image's tag says which one runs.
// Source: metallb release notes 0.10 to 0.15, controller/service.go and speaker/main.go of those tags.

export interface MetalLbRelease {
  /** `0.13` is 13. */
  readonly minor: number
}

/** What `podwire up --load-balancer metallb` deploys. */
export const DEFAULT_RELEASE: MetalLbRelease = { minor: 15 }

/** @param image `quay.io/metallb/controller:v0.12.1`; a tag that says nothing stands for the newest */
export function releaseOf(image: string): MetalLbRelease {
  const minor = /:v?0\.(\d+)/.exec(image)?.[1]
  return minor === undefined ? DEFAULT_RELEASE : { minor: Number(minor) }
}

/** Configured by a ConfigMap; later ones by custom resources. */
export const usesConfigMap = ({ minor }: MetalLbRelease): boolean => minor < 13

/** Notes the pool on the Service, and leaves Services of other load balancers alone. */
export const knowsClasses = ({ minor }: MetalLbRelease): boolean => minor >= 13

/** A node may be kept out of load balancing by its label. */
export const honoursExclusion = ({ minor }: MetalLbRelease): boolean => minor >= 14

/** Says in an Event that an address was taken away. */
export const announcesClearing = ({ minor }: MetalLbRelease): boolean => minor >= 14

/** The prefix of annotations it writes; since 0.15 the old one is deprecated and still read. */
export const annotationPrefix = ({ minor }: MetalLbRelease): string => (minor >= 15 ? NEW_PREFIX : OLD_PREFIX)

const NEW_PREFIX = 'metallb.io'
const OLD_PREFIX = 'metallb.universe.tf'

/** An annotation by either prefix. */
export function annotationOf(
  annotations: Readonly<Record<string, string>> | undefined,
  name: string,
  release: MetalLbRelease,
): string | undefined {
  const old = annotations?.[`${OLD_PREFIX}/${name}`]
  return release.minor >= 15 ? (annotations?.[`${NEW_PREFIX}/${name}`] ?? old) : old
}

/** Deprecated annotations a Service uses, for the warning of newer releases. */
export function deprecatedAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  release: MetalLbRelease,
): readonly string[] {
  if (release.minor < 15) return []
  return Object.keys(annotations ?? {}).filter((key) => key.startsWith(`${OLD_PREFIX}/`))
}
