// `example.com/controller`: a DNS name, a slash and a path, as names of controllers are written.
// Source: apimachinery util/validation IsDomainPrefixedPath; each part is shown alone where it is wrong.

import type { FieldError } from './field-error.ts'
import { invalid, required } from './field-errors.ts'
import { dnsSubdomain } from './names.ts'

const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const pathPattern = new RegExp(`^${PATH}$`)

export function validateDomainPrefixedPath(value: string, path: string, errors: FieldError[]): void {
  if (value === '') {
    errors.push(required(path))
    return
  }
  const slash = value.indexOf('/')
  if (slash <= 0 || slash === value.length - 1) {
    errors.push(invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")'))
    return
  }
  const host = value.slice(0, slash)
  for (const problem of dnsSubdomain(host)) errors.push(invalid(path, host, problem))
  const rest = value.slice(slash + 1)
  if (!pathPattern.test(rest)) {
    errors.push(invalid(path, rest, `Invalid path (regex used for validation is '${PATH}')`))
  }
}
