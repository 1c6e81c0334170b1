// auth-type, auth-secret … (a password file in a Secret) and auth-url … (another server is asked first).
// Source: ingress-nginx internal/ingress/annotations/{auth,authreq}/main.go.

import { settingOf, switchOf, type Annotation } from './annotation.ts'

export interface BasicAuth {
  readonly namespace: string
  readonly secret: string
  /** `auth-file`: an htpasswd file under the key `auth`; `auth-map`: users are keys. */
  readonly form: 'auth-file' | 'auth-map'
  readonly realm: string
}

export interface ExternalAuth {
  /** With nginx variables. */
  readonly url: string
  readonly method: string | undefined
  /** Where a browser is sent to sign in, instead of 401. */
  readonly signin: string | undefined
  readonly redirectParameter: string
  /** Of the answer, passed on to the backend. */
  readonly responseHeaders: readonly string[]
  readonly requestRedirect: string | undefined
  readonly alwaysSetCookie: boolean
}

interface AuthDraft {
  readonly type: string
  readonly secret: string
  readonly form: 'auth-file' | 'auth-map'
  readonly realm: string
  readonly external: ExternalAuth
}

/** What the annotations said so far; a type without a Secret, or details without a URL, mean nothing. */
export type Authentication = AuthDraft

export const NO_AUTHENTICATION: Authentication = {
  type: '',
  secret: '',
  form: 'auth-file',
  realm: '',
  external: {
    url: '',
    method: undefined,
    signin: undefined,
    redirectParameter: 'rd',
    responseHeaders: [],
    requestRedirect: undefined,
    alwaysSetCookie: false,
  },
}

export function basicAuthOf({ type, secret, form, realm }: Authentication, namespace: string): BasicAuth | undefined {
  if (type !== 'basic') return undefined
  const slash = secret.indexOf('/')
  const place = slash < 0 ? namespace : secret.slice(0, slash)
  return { namespace: place, secret: secret.slice(slash + 1), form, realm }
}

const setting = (name: string, read: (text: string, old: Authentication) => Partial<AuthDraft> | string): Annotation =>
  settingOf('authentication', name, read)

function external(name: string, read: (text: string) => Partial<ExternalAuth> | string): Annotation {
  return setting(name, (text, old) => {
    const change = read(text)
    return typeof change === 'string' ? change : { external: { ...old.external, ...change } }
  })
}

const METHODS = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|CONNECT|OPTIONS|TRACE)$/

export const AUTHENTICATION: readonly Annotation[] = [
  setting('auth-type', (text) => {
    if (text === 'digest') return 'asks for digest authentication, which is not simulated'
    return text === 'basic' ? { type: text } : 'must be basic or digest'
  }),
  setting('auth-secret', (text) =>
    /^([a-z0-9.-]+\/)?[a-z0-9.-]+$/.test(text) ? { secret: text } : 'must be the name of a Secret',
  ),
  setting('auth-secret-type', (text) =>
    text === 'auth-file' || text === 'auth-map' ? { form: text } : 'must be auth-file or auth-map',
  ),
  setting('auth-realm', (text) => (/^[\w.~/: -]*$/.test(text) ? { realm: text } : 'must be plain text')),
  external('auth-url', (text) =>
    /^https?:\/\/[^/\s]+/.test(text) ? { url: text } : 'must be a URL with http or https',
  ),
  external('auth-method', (text) => (METHODS.test(text) ? { method: text } : 'must be an HTTP method')),
  external('auth-signin', (text) => (/^[\w.~/:,?&=$-]+$/.test(text) ? { signin: text } : 'must be a URL')),
  external('auth-signin-redirect-param', (text) =>
    /^[\w.~-]+$/.test(text) ? { redirectParameter: text } : 'must be the name of a parameter',
  ),
  external('auth-response-headers', (text) => {
    const names = text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    return names.every((name) => /^[\w-]+$/.test(name)) ? { responseHeaders: names } : 'must be a list of header names'
  }),
  external('auth-request-redirect', (text) =>
    /^[\w.~/:,?&=$-]+$/.test(text) ? { requestRedirect: text } : 'must be a URL',
  ),
  switchOf('authentication', 'auth-always-set-cookie', (alwaysSetCookie, { external: old }) => ({
    external: { ...old, alwaysSetCookie },
  })),
]
