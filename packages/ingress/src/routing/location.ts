// Locations: a path of a host with what happens to requests for it. Paths are as the Ingress wrote them; server-routes.ts turns
// them into nginx's locations.

import type { LocationRules } from '../nginx/annotations/location-rules.ts'
import type { Backend } from './backend.ts'

export type PathType = 'Exact' | 'Prefix' | 'ImplementationSpecific'

export interface Location {
  readonly path: string
  readonly pathType: PathType
  /** Undefined: nothing but the controller's own default backend, which answers 404. */
  readonly backend: Backend | undefined
  readonly rules: LocationRules
  /** Whose rule it is; undefined where no Ingress says anything. */
  readonly ingress: { readonly namespace: string; readonly name: string } | undefined
  /** An Ingress that takes part of this location's requests. */
  readonly canary?: { readonly backend: Backend; readonly rules: LocationRules }
  /** Added for a host whose rules leave out `/`; the first rule for `/` takes its place. */
  readonly isDefault: boolean
}

/** How nginx matches: `=` the whole URI, '' its beginning, `~*` a pattern without case. */
export interface NginxLocation {
  readonly modifier: '=' | '' | '~*'
  readonly path: string
  readonly location: Location
}
