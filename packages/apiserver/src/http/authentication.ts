// Who a request comes from: bearer tokens from a table, everybody else is system:anonymous, and impersonation headers on top.
// Source: apiserver authentication/request, endpoints/filters/impersonation.go. Departure: basic auth and client certificates
// are not read, as on a server configured without them.

import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { badRequest } from '../status/errors.ts'
import { unauthorized } from './refusals.ts'
import type { RequestHandler, UserInfo } from './request-handler.ts'

export const SYSTEM_MASTERS = 'system:masters'
export const AUTHENTICATED = 'system:authenticated'

export const ADMIN_USER: UserInfo = { name: 'kubernetes-admin', groups: [SYSTEM_MASTERS, AUTHENTICATED] }
export const ANONYMOUS_USER: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

/** Finds the user of a bearer token; undefined for a token nobody has. */
export type Authenticator = (token: string) => UserInfo | undefined

/** Knows one token, compared in constant time. */
export function singleToken(token: string, user: UserInfo = ADMIN_USER): Authenticator {
  const expected = Buffer.from(token)
  return (given) => {
    const bytes = Buffer.from(given)
    return bytes.length === expected.length && timingSafeEqual(bytes, expected) ? user : undefined
  }
}

/** Asks the server itself about tokens the table does not know. */
export function withServiceAccounts(known: Authenticator, handler: Pick<RequestHandler, 'userOfToken'>): Authenticator {
  return (token) => known(token) ?? handler.userOfToken?.(token)
}

/**
 * @param anonymous who a request without a token comes from
 * @throws StatusError 401 for a bearer token nobody has
 */
export function authenticate(
  authorization: string | undefined,
  authenticator: Authenticator,
  anonymous: UserInfo = ANONYMOUS_USER,
): UserInfo {
  const [scheme = '', token = ''] = (authorization ?? '').trim().split(/\s+/)
  if (scheme.toLowerCase() !== 'bearer' || token === '') return anonymous
  const user = authenticator(token)
  if (user === undefined) throw unauthorized()
  return user
}

function values(headers: IncomingHttpHeaders, name: string): readonly string[] {
  const value = headers[name]
  if (value === undefined) return []
  // Node joins repeated headers it does not know with ", ".
  return Array.isArray(value) ? value : value.split(/,\s*/)
}

function goStrings(texts: readonly string[]): string {
  return texts.length === 0 ? '[]string(nil)' : `[]string{${texts.map((text) => JSON.stringify(text)).join(', ')}}`
}

/** The user asked for by Impersonate-User and -Group, or undefined. */
export function impersonated(headers: IncomingHttpHeaders): UserInfo | undefined {
  const [name = ''] = values(headers, 'impersonate-user')
  const [uid = ''] = values(headers, 'impersonate-uid')
  const groups = values(headers, 'impersonate-group')
  if (name === '') {
    if (groups.length === 0 && uid === '') return undefined
    throw badRequest(
      `requested &user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${goStrings(groups)}, ` +
        'Extra:map[string][]string(nil)} without impersonating a user name',
    )
  }
  const implied = name === ANONYMOUS_USER.name ? ANONYMOUS_USER.groups : [AUTHENTICATED]
  const all = [...groups, ...implied.filter((group) => !groups.includes(group))]
  return { name, groups: all, ...(uid === '' ? {} : { uid }) }
}
