// Which names are asked for, in order: a name with fewer dots than ndots goes through the search list first. A final dot
// means "exactly this". With enough dots glibc tries the name, then the search list; musl the name alone.
// Source: glibc resolv/res_query.c (__res_context_search), musl src/network/lookup_name.c (name_from_dns_search).

import { nameFault } from '../wire/index.ts'

export type Libc = 'glibc' | 'musl'

export interface SearchRules {
  readonly search: readonly string[]
  readonly ndots: number
}

/** Fully qualified, valid names only; none when the name itself is no name. */
export function candidatesOf(name: string, rules: SearchRules, libc: Libc): string[] {
  if (name === '' || name.endsWith('..')) return []
  const absolute = name.endsWith('.') ? name : `${name}.`
  const dots = name.split('.').length - 1
  const searched = rules.search.map((domain) => {
    const bare = domain.replace(/^\.|\.$/g, '')
    return bare === '' ? absolute : `${absolute}${bare}.`
  })
  let candidates: string[]
  if (name.endsWith('.')) candidates = [absolute]
  else if (dots < rules.ndots) candidates = [...searched, absolute]
  else candidates = libc === 'glibc' ? [absolute, ...searched] : [absolute]
  return [...new Set(candidates)].filter((candidate) => nameFault(candidate) === undefined)
}
