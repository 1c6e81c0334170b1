// Names the pod's resolver and its hosts file know. Source: kubernetes core/validation (validatePodDNSConfig,
// ValidateHostAliases, validatePodHostName).

import type { HostAlias, PodDNSConfig, PodSpec } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, pushProblems, required, tooLong } from '../../../validation/field-errors.ts'
import { byteLength, dnsSubdomain, dnsSubdomainWithUnderscore } from '../../../validation/names.ts'
import { checkIp } from '../../../validation/address-checks.ts'

const MAX_NAMESERVERS = 3
const MAX_SEARCHES = 32
const MAX_SEARCH_CHARACTERS = 2048

export function validateDnsConfig(
  config: PodDNSConfig | undefined,
  policy: string | undefined,
  path: string,
  errors: FieldError[],
): void {
  const { nameservers = [], searches = [], options = [] } = config ?? {}
  if (policy === 'None' && config === undefined) {
    errors.push(required(path, 'must provide `dnsConfig` when `dnsPolicy` is None'))
    return
  }
  if (policy === 'None' && nameservers.length === 0) {
    const text = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
    errors.push(required(`${path}.nameservers`, text))
    return
  }
  if (nameservers.length > MAX_NAMESERVERS) {
    errors.push(invalid(`${path}.nameservers`, nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`))
  }
  for (const [index, server] of nameservers.entries()) {
    errors.push(...checkIp(server, `${path}.nameservers[${index}]`))
  }
  validateSearches(searches, `${path}.searches`, errors)
  for (const [index, { name = '' }] of options.entries()) {
    if (name === '') errors.push(required(`${path}.options[${index}]`, 'must not be empty'))
  }
}

function validateSearches(searches: readonly string[], path: string, errors: FieldError[]): void {
  if (searches.length > MAX_SEARCHES) {
    errors.push(invalid(path, searches, `must not have more than ${MAX_SEARCHES} search paths`))
  }
  if (byteLength(searches.join(' ')) > MAX_SEARCH_CHARACTERS) {
    const text = `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`
    errors.push(invalid(path, searches, text))
  }
  for (const [index, search] of searches.entries()) {
    if (search === '.') continue
    const name = search.endsWith('.') ? search.slice(0, -1) : search
    pushProblems(dnsSubdomainWithUnderscore(name), `${path}[${index}]`, name, errors)
  }
}

export function validateHostAliases(aliases: readonly HostAlias[], path: string, errors: FieldError[]): void {
  for (const [index, { ip = '', hostnames = [] }] of aliases.entries()) {
    errors.push(...checkIp(ip, `${path}[${index}].ip`))
    for (const [at, name] of hostnames.entries()) {
      pushProblems(dnsSubdomain(name), `${path}[${index}].hostnames[${at}]`, name, errors)
    }
  }
}

const MAX_HOST_NAME = 64

export function validateHostnameOverride(
  { hostnameOverride: name, setHostnameAsFQDN, hostNetwork }: PodSpec,
  path: string,
  errors: FieldError[],
): void {
  if (name === undefined) return
  const at = `${path}.hostnameOverride`
  if (setHostnameAsFQDN === true) {
    errors.push(forbiddenField(at, 'may not be specified when setHostnameAsFQDN is true'))
  }
  if (hostNetwork === true) errors.push(forbiddenField(at, 'may not be specified when hostNetwork is true'))
  if (byteLength(name) > MAX_HOST_NAME) errors.push(tooLong(at, MAX_HOST_NAME))
  pushProblems(dnsSubdomain(name), at, name, errors)
}
