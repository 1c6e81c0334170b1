// /etc/nsswitch.conf as glibc reads its `hosts` line: which sources are asked, in order, and where one of them ends the search.
// Of the sources `files` and `dns` are there; others (`myhostname`, `mdns4_minimal`) find nothing, as where their library is
// missing. Source: nsswitch.conf(5), glibc nss/nss_database.c for the default.

export interface HostSource {
  readonly source: 'files' | 'dns'
  /** The search ends when this source has not found the name: `[NOTFOUND=return]`. */
  readonly endsNotFound: boolean
}

const DEFAULT: readonly HostSource[] = [
  { source: 'files', endsNotFound: false },
  { source: 'dns', endsNotFound: false },
]

export function parseNsswitch(text: string | undefined): readonly HostSource[] {
  const line = text
    ?.split('\n')
    .map((one) => one.replace(/#.*$/, ''))
    .findLast((one) => /^\s*hosts\s*:/.test(one))
  if (line === undefined) return DEFAULT
  const sources: HostSource[] = []
  for (const word of line.replace(/^\s*hosts\s*:/, '').match(/\[[^\]]*\]|\S+/g) ?? []) {
    if (word === 'files' || word === 'dns') sources.push({ source: word, endsNotFound: false })
    else if (/^\[.*\bNOTFOUND\s*=\s*return\b.*\]$/i.test(word)) endLast(sources)
  }
  return sources
}

function endLast(sources: HostSource[]): void {
  const last = sources.pop()
  if (last !== undefined) sources.push({ ...last, endsNotFound: true })
}
