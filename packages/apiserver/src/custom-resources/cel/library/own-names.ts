// What cel-js has but has otherwise: has() of any field, and patterns that are Go's. Its functions cannot be replaced, so rules
// are read with functions of our own under names of the same length, which keeps places in messages.

export const OWN_NAMES = { has: 'hs_', matches: 'mtch_re' } as const

const TOKENS = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.?\s*[A-Za-z_]\w*|\S|\s+/g

/** The expression with calls under our names; texts in quotes stay. */
export function withOwnNames(expression: string): string {
  return expression.replace(TOKENS, (token, offset: number) => {
    if (!/^\s*\(/.test(expression.slice(offset + token.length))) return token
    if (token === 'has') return OWN_NAMES.has
    return /^\.\s*matches$/.test(token) ? token.replace('matches', OWN_NAMES.matches) : token
  })
}

/** A message about such an expression, with the names the rule has. */
export function withGivenNames(message: string): string {
  return message.replaceAll(OWN_NAMES.matches, 'matches').replaceAll(`${OWN_NAMES.has}(`, 'has(')
}
