// Names of time zones, as Go loads them. Source: Go time.LoadLocation; the zones are those this Node knows.

/** What is wrong with the name; undefined when there is such a zone. `Local` and the empty name are always there. */
export function timeZoneProblem(zone: string): string | undefined {
  if (zone === '' || zone === 'Local') return undefined
  if (zone.includes('..') || zone.startsWith('/') || zone.startsWith('\\')) return 'time: invalid location name'
  return isTimeZone(zone) ? undefined : `unknown time zone ${zone}`
}

/** Zones are files to the real server, so capitals count; and an offset is none. */
function isTimeZone(zone: string): boolean {
  if (!zone.split('/').every((part) => /^[A-Z]/.test(part))) return false
  try {
    // Throws for a zone that is none.
    const known = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone
    return known === zone || known.toLowerCase() !== zone.toLowerCase()
  } catch {
    return false
  }
}
