// Go's %v of decoded JSON, as it stands in the server's messages about patches: map[a:1 b:[x y]].

export function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `map[${fields.map(([key, field]) => `${key}:${goMap(field)}`).join(' ')}]`
  }
  return value === null ? '<nil>' : String(value)
}
