// Syntax of names: DNS labels and subdomains, path segments, qualified names, port names, config keys, variables.
// Each check returns what is wrong in the server's words; an empty list means fine.
// Source: apimachinery util/validation/validation.go and k8s.io/apimachinery/pkg/api/validate/content.

const NONE: readonly string[] = []

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const LABEL_UNDERSCORE = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const SUBDOMAIN_UNDERSCORE = `${LABEL_UNDERSCORE}(\\.${LABEL_UNDERSCORE})*`
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const LABEL_VALUE = `(${QUALIFIED})?`
const CONFIG_KEY = '[-._a-zA-Z0-9]+'

const labelPattern = new RegExp(`^${LABEL}$`)
const subdomainPattern = new RegExp(`^${SUBDOMAIN}$`)
const underscorePattern = new RegExp(`^${SUBDOMAIN_UNDERSCORE}$`)
const label1035Pattern = new RegExp(`^${LABEL_1035}$`)
const wildcardPattern = new RegExp(`^\\*\\.${SUBDOMAIN}$`)
const qualifiedPattern = new RegExp(`^${QUALIFIED}$`)
const labelValuePattern = new RegExp(`^${LABEL_VALUE}$`)
const configKeyPattern = new RegExp(`^${CONFIG_KEY}$`)

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
  `alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " +
  `with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`
const UNDERSCORE_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and " +
  `end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN_UNDERSCORE}')`
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end " +
  `with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${LABEL_1035}')`
const WILDCARD_TEXT =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case " +
  "alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for " +
  `validation is '\\*\\.${SUBDOMAIN}')`
const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. " +
  `'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with " +
  `an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE}')`
const CONFIG_KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or " +
  `'key-name', regex used for validation is '${CONFIG_KEY}')`

const encoder = new TextEncoder()

/** Length in bytes, as Go counts. */
export function byteLength(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return encoder.encode(text).length
  return text.length
}

function maxCharacters(text: string, max: number): string | undefined {
  return byteLength(text) > max ? `must be no more than ${max} characters` : undefined
}

function check(length: string | undefined, matches: boolean, text: string): readonly string[] {
  if (length === undefined && matches) return NONE
  return [...(length === undefined ? [] : [length]), ...(matches ? [] : [text])]
}

export function dnsLabel(value: string): readonly string[] {
  if (labelPattern.test(value)) return check(maxCharacters(value, 63), true, '')
  // A valid subdomain is told what is wrong with it as a label: the dots.
  const text = subdomainPattern.test(value) ? 'must not contain dots' : LABEL_TEXT
  return check(maxCharacters(value, 63), false, text)
}

export function dnsSubdomain(value: string): readonly string[] {
  return check(maxCharacters(value, 253), subdomainPattern.test(value), SUBDOMAIN_TEXT)
}

/** A search domain of a resolver may have underscores. */
export function dnsSubdomainWithUnderscore(value: string): readonly string[] {
  return check(maxCharacters(value, 253), underscorePattern.test(value), UNDERSCORE_TEXT)
}

export function dns1035Label(value: string): readonly string[] {
  return check(maxCharacters(value, 63), label1035Pattern.test(value), LABEL_1035_TEXT)
}

export function wildcardDnsSubdomain(value: string): readonly string[] {
  return check(maxCharacters(value, 253), wildcardPattern.test(value), WILDCARD_TEXT)
}

export function pathSegmentName(value: string): readonly string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter((char) => value.includes(char)).map((char) => `may not contain '${char}'`)
}

// Label keys are few and checked with every write: those found fine are remembered.
const goodKeys = new Set<string>()
const MAX_REMEMBERED = 1000

/** A label or annotation key: an optional DNS prefix, a slash, a name. */
export function qualifiedName(value: string): readonly string[] {
  if (goodKeys.has(value)) return NONE
  const problems = checkQualifiedName(value)
  if (problems.length === 0 && goodKeys.size < MAX_REMEMBERED) goodKeys.add(value)
  return problems
}

function checkQualifiedName(value: string): readonly string[] {
  const parts = value.split('/')
  if (parts.length > 2) {
    return [
      `a valid label key ${QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const problems: string[] = []
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') problems.push('prefix part must be non-empty')
    else for (const problem of dnsSubdomain(prefix)) problems.push(`prefix part ${problem}`)
  }
  const name = parts[parts.length - 1] ?? ''
  if (name === '') problems.push('name part must be non-empty')
  else if (byteLength(name) > 63) problems.push('name part must be no more than 63 bytes')
  if (!qualifiedPattern.test(name)) problems.push(`name part ${QUALIFIED_TEXT}`)
  return problems
}

export function labelValue(value: string): readonly string[] {
  const length = byteLength(value) > 63 ? 'must be no more than 63 bytes' : undefined
  return check(length, labelValuePattern.test(value), LABEL_VALUE_TEXT)
}

export function configKey(value: string): readonly string[] {
  if (value === '.') return ["must not be '.'"]
  if (value === '..') return ["must not be '..'"]
  const problems = check(maxCharacters(value, 253), configKeyPattern.test(value), CONFIG_KEY_TEXT)
  return value.startsWith('..') ? [...problems, "must not start with '..'"] : problems
}

/** The name of a port of a container or a target port: an IANA service name. */
export function portName(value: string): readonly string[] {
  const problems: string[] = []
  if (byteLength(value) > 15) problems.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(value))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)')
  if (value.includes('--')) problems.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen')
  return problems
}

/** Environment variables since 1.34: any printable ASCII but `=`. */
export function environmentName(value: string): readonly string[] {
  if (value === '') return ['environment variable name must be non-empty']
  if (/^[\x20-\x3c\x3e-\x7e]+$/.test(value)) return NONE
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

export function portNumber(value: number): readonly string[] {
  return value >= 1 && value <= 65535 ? NONE : ['must be between 1 and 65535, inclusive']
}

const HEADER_TEXT =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is " +
  "'[-A-Za-z0-9]+')"

export function httpHeaderName(value: string): readonly string[] {
  return /^[-A-Za-z0-9]+$/.test(value) ? NONE : [HEADER_TEXT]
}

const ID_TEXT = ['must be between 0 and 2147483647, inclusive']

/** A Unix user or group. */
export function unixId(value: number): readonly string[] {
  return value >= 0 && value <= 2_147_483_647 ? NONE : ID_TEXT
}
