// A path as nginx's `~*` and `rewrite` take it: a PCRE without case, read here as a JavaScript pattern. What only PCRE knows
// (inline flags, possessive quantifiers) counts as no pattern, and the Ingress gets a warning.

/** Undefined when it is no pattern. */
export function compilePath(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'i')
  } catch {
    return undefined
  }
}
