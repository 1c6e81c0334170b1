// Acting as somebody else: the Impersonate headers, and whether the caller may. Since 1.36 a caller may be allowed to impersonate
// for single actions (`impersonate-on:user-info:list`); the older right, to `impersonate` altogether, is asked for last. The
// refusal told is that of the way tried first. Source: apiserver endpoints/filters/impersonation.

import { compareKeys } from '@podwire/engine'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { badRequest } from '../status/errors.ts'
import { validateDomainPrefixedPath } from '../validation/domain-prefixed-path.ts'
import type { FieldError } from '../validation/field-error.ts'
import { quote } from '../validation/field-errors.ts'
import { dnsSubdomain } from '../validation/names.ts'
import { ANONYMOUS_USER, AUTHENTICATED, SYSTEM_MASTERS, UNAUTHENTICATED } from './authentication.ts'
import { forbidden, type Attributes, type Authorizer } from './authorization.ts'
import { notSniffed } from './answer.ts'
import type { UserInfo } from './request-handler.ts'

type Distinct = IncomingMessage['headersDistinct']

const EXTRA_PREFIX = 'impersonate-extra-'
const NODE_PREFIX = 'system:node:'
const NODE_NAME_KEY = 'authentication.kubernetes.io/node-name'
const AUTHENTICATION_GROUP = 'authentication.k8s.io'
/** So many values are first asked for at once, as `*`. */
const MANY = 4

function quotedStrings(texts: readonly string[] | undefined): string {
  return texts === undefined ? '[]string(nil)' : `[]string{${texts.map(quote).join(', ')}}`
}

function goStruct({ uid = '', groups, extra }: Wanted): string {
  const entries = Object.entries(extra ?? {}).sort(compareKeys)
  const keys = entries.map(([key, values]) => `${quote(key)}:${quotedStrings(values)}`)
  const map = extra === undefined ? 'map[string][]string(nil)' : `map[string][]string{${keys.join(', ')}}`
  return `&user.DefaultInfo{Name:"", UID:${quote(uid)}, Groups:${quotedStrings(groups)}, Extra:${map}}`
}

/** As the headers say it: nothing is added yet. */
export interface Wanted {
  readonly name: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

function extraOf(headers: Distinct): Wanted['extra'] {
  const extra: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  let any = false
  for (const [header, values = []] of Object.entries(headers)) {
    if (!header.startsWith(EXTRA_PREFIX)) continue
    any = true
    const key = unescaped(header.slice(EXTRA_PREFIX.length))
    extra[key] = [...(extra[key] ?? []), ...values]
  }
  return any ? extra : undefined
}

/** Whether any header asks for it. */
export function impersonates(headers: IncomingHttpHeaders): boolean {
  for (const name of Object.keys(headers)) if (name.startsWith('impersonate-')) return true
  return false
}

/** @throws StatusError 400 for headers without a user's name */
export function wantedUser(headers: Distinct): Wanted | undefined {
  const name = headers['impersonate-user']?.[0] ?? ''
  const uid = headers['impersonate-uid']?.[0] ?? ''
  const groups = headers['impersonate-group']
  const extra = extraOf(headers)
  const wanted: Wanted = {
    name,
    ...(uid === '' ? {} : { uid }),
    ...(groups === undefined ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  }
  if (name !== '') return wanted
  if (uid === '' && groups === undefined && extra === undefined) return undefined
  throw badRequest(`requested ${goStruct(wanted)} without impersonating a user name`)
}

interface Ask {
  readonly authorizer: Authorizer
  readonly caller: UserInfo
  readonly wanted: Wanted
  /** Of the request made in the other's name. */
  readonly attributes: Attributes
}

/** One way to be allowed; `undefined` when this way is not for such a user. @throws StatusError 403 */
interface Mode {
  readonly name: string
  readonly fits: (wanted: Wanted, caller: UserInfo) => boolean
}

const CONSTRAINED: readonly Mode[] = [
  {
    name: 'associated-node',
    fits: (wanted, caller) =>
      onlyName(wanted) &&
      accountOf(caller.name) !== undefined &&
      caller.extra?.[NODE_NAME_KEY]?.length === 1 &&
      caller.extra[NODE_NAME_KEY][0] === nodeOf(wanted.name),
  },
  { name: 'arbitrary-node', fits: (wanted) => onlyName(wanted) && nodeOf(wanted.name) !== undefined },
  { name: 'serviceaccount', fits: (wanted) => onlyName(wanted) && accountOf(wanted.name) !== undefined },
  { name: 'user-info', fits: ({ name }) => nodeOf(name) === undefined && accountOf(name) === undefined },
]

function onlyName({ uid, groups, extra }: Wanted): boolean {
  return uid === undefined && groups === undefined && extra === undefined
}

function nodeOf(name: string): string | undefined {
  if (!name.startsWith(NODE_PREFIX)) return undefined
  const node = name.slice(NODE_PREFIX.length)
  return dnsSubdomain(node).length === 0 ? node : undefined
}

interface Account {
  readonly namespace: string
  readonly name: string
}

function accountOf(user: string): Account | undefined {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user)
  return match?.[1] === undefined || match[2] === undefined ? undefined : { namespace: match[1], name: match[2] }
}

type Impersonated = Extract<Attributes, { readonly kind: 'resource' }>

function check({ authorizer, caller }: Ask, attributes: Attributes): void {
  const { allowed, reason } = authorizer.authorize(caller, attributes)
  if (!allowed) throw notSniffed(forbidden(caller, attributes, reason))
}

function may(ask: Ask, attributes: Attributes): boolean {
  return ask.authorizer.authorize(ask.caller, attributes).allowed
}

function about(verb: string, group: string, resource: string, name: string): Impersonated {
  return { kind: 'resource', verb, group, resource, subresource: '', namespace: '', name }
}

/** Which modes a caller was last allowed by: it is tried first, so its refusal is the one told. */
export class Impersonation {
  readonly #authorizer: Authorizer
  readonly #last = new Map<string, Mode | 'legacy'>()

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer
  }

  /** Who the request is made as. @throws StatusError 403 */
  user(caller: UserInfo, wanted: Wanted, attributes: Attributes): UserInfo {
    const ask: Ask = { authorizer: this.#authorizer, caller, wanted, attributes }
    const last = this.#last.get(caller.name)
    const all = [...CONSTRAINED, 'legacy' as const]
    const ordered = last === undefined ? all : [last, ...all.filter((mode) => mode !== last)]
    let refusal: unknown
    for (const mode of ordered) {
      if (mode !== 'legacy' && !mode.fits(wanted, caller)) continue
      try {
        const user = mode === 'legacy' ? legacy(ask) : constrained(ask, mode)
        this.#remember(caller.name, mode)
        return user
      } catch (error) {
        refusal ??= error
      }
    }
    throw refusal
  }

  #remember(name: string, mode: Mode | 'legacy'): void {
    if (this.#last.size >= 10_000) this.#last.clear()
    this.#last.set(name, mode)
  }
}

function constrained(ask: Ask, { name }: Mode): UserInfo {
  const { attributes, wanted } = ask
  check(ask, { ...attributes, verb: `impersonate-on:${name}:${attributes.verb}` })
  const verb = `impersonate:${name}`
  const node = nodeOf(wanted.name)
  if (node === undefined) checkName(ask, verb, AUTHENTICATION_GROUP)
  else check(ask, about(verb, AUTHENTICATION_GROUP, 'nodes', name === 'associated-node' ? '*' : node))
  if (wanted.uid !== undefined) check(ask, about(verb, AUTHENTICATION_GROUP, 'uids', wanted.uid))
  checkGroups(ask, verb)
  checkExtra(ask, verb)
  return completed(wanted, node === undefined ? undefined : ['system:nodes'])
}

function legacy(ask: Ask): UserInfo {
  const { wanted } = ask
  const verb = 'impersonate'
  checkName(ask, verb, '')
  if (wanted.uid !== undefined) check(ask, about(verb, AUTHENTICATION_GROUP, 'uids', wanted.uid))
  for (const group of wanted.groups ?? []) check(ask, about(verb, '', 'groups', group))
  checkEachExtra(ask, verb)
  return completed(wanted, undefined)
}

function checkName(ask: Ask, verb: string, group: string): void {
  const { name } = ask.wanted
  const account = accountOf(name)
  if (account === undefined) check(ask, about(verb, group, 'users', name))
  else check(ask, { ...about(verb, group, 'serviceaccounts', account.name), namespace: account.namespace })
}

function checkGroups(ask: Ask, verb: string): void {
  const { groups = [] } = ask.wanted
  const any = (name: string): Impersonated => about(verb, AUTHENTICATION_GROUP, 'groups', name)
  if (groups.includes(''))
    throw notSniffed(forbidden(ask.caller, any(''), 'impersonating the empty string group is not allowed'))
  if (groups.includes(SYSTEM_MASTERS)) {
    throw notSniffed(
      forbidden(ask.caller, any(SYSTEM_MASTERS), `impersonating the ${SYSTEM_MASTERS} group is not allowed`),
    )
  }
  if (groups.length >= MANY && may(ask, any('*'))) return
  for (const group of groups) check(ask, any(group))
}

function checkExtra(ask: Ask, verb: string): void {
  const entries = Object.entries(ask.wanted.extra ?? {})
  if (entries.length === 0) return
  const any = about(verb, AUTHENTICATION_GROUP, 'userextras', '')
  for (const [key, values] of entries) {
    const problem = extraProblem(key, values)
    if (problem !== undefined) throw notSniffed(forbidden(ask.caller, any, problem))
  }
  const count = entries.reduce((sum, [, values]) => sum + values.length, 0)
  const many = entries.length >= MANY || count >= MANY
  if (many && may(ask, { ...any, subresource: '*', name: '*' })) return
  checkEachExtra(ask, verb)
}

function checkEachExtra(ask: Ask, verb: string): void {
  for (const [subresource, values] of Object.entries(ask.wanted.extra ?? {})) {
    for (const value of values) {
      check(ask, { ...about(verb, AUTHENTICATION_GROUP, 'userextras', value), subresource })
    }
  }
}

function extraProblem(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed'
  const errors: FieldError[] = []
  validateDomainPrefixedPath(key, 'extra.key', errors)
  if (errors.length > 0) {
    const texts = errors.map(({ field, body }) => `${field}: ${body}`)
    const problem = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
    return `impersonating an invalid key in extra is not allowed: ${problem}`
  }
  if (key !== key.toLowerCase()) {
    return `impersonating a non-lowercase key in extra is not allowed: ${quote(key)}`
  }
  if (values.length === 0) return 'impersonating empty values in extra is not allowed'
  return values.includes('') ? 'impersonating the empty string value in extra is not allowed' : undefined
}

/** With the groups such a user is always in. */
function completed({ name, uid, groups: wanted, extra }: Wanted, fixed: readonly string[] | undefined): UserInfo {
  const account = accountOf(name)
  const ofAccount =
    account === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`]
  const groups = fixed ?? wanted ?? ofAccount
  const anonymous = name === ANONYMOUS_USER.name
  const implied = anonymous ? UNAUTHENTICATED : groups.includes(UNAUTHENTICATED) ? undefined : AUTHENTICATED
  return {
    name,
    ...(uid === undefined ? {} : { uid }),
    groups: implied === undefined || groups.includes(implied) ? groups : [...groups, implied],
    ...(extra === undefined ? {} : { extra }),
  }
}
