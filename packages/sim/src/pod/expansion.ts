// `$(VAR)` references in env values, commands and arguments, the way the kubelet resolves them before a container starts.
// Source: kubernetes third_party/forked/golang/expansion. `$$` is a literal dollar; what is not known stays as written.

/** Replaces `$(NAME)` by what `lookup` knows; `$$(NAME)` becomes `$(NAME)`; unknown and unclosed references stay. */
export function expandReferences(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text
  let result = ''
  let place = 0
  while (place < text.length) {
    const dollar = text.indexOf('$', place)
    if (dollar < 0 || dollar === text.length - 1) return result + text.slice(place)
    result += text.slice(place, dollar)
    const next = text[dollar + 1]
    if (next === '$') {
      result += '$'
      place = dollar + 2
    } else if (next === '(') {
      const close = text.indexOf(')', dollar + 2)
      if (close < 0) {
        result += '$('
        place = dollar + 2
      } else {
        result += lookup(text.slice(dollar + 2, close)) ?? text.slice(dollar, close + 1)
        place = close + 1
      }
    } else {
      result += `$${next}`
      place = dollar + 2
    }
  }
  return result
}
