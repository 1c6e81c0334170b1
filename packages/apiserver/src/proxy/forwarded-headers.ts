// The headers of a proxied request and of its answer: what concerns one connection is dropped, what tells of the client is added.
// Source: Go's httputil ReverseProxy, apimachinery util/proxy (Transport, corsRemovingTransport), apiserver filters that take
// credentials out of a request once it is authenticated.

export type Headers = readonly (readonly [name: string, value: string])[]

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const CORS: ReadonlySet<string> = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
])

export function headerOf(headers: Headers, name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1]
}

export function without(headers: Headers, ...names: readonly string[]): Headers {
  return headers.filter(([name]) => !names.includes(name.toLowerCase()))
}

/** Names listed in Connection are the connection's too. */
function connectionHeaders(headers: Headers): ReadonlySet<string> {
  const listed = headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(','))
  return new Set(listed.map((name) => name.trim().toLowerCase()).filter((name) => name !== ''))
}

export function withoutHopByHop(headers: Headers): Headers {
  const listed = connectionHeaders(headers)
  return headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !listed.has(name.toLowerCase()))
}

export function withoutCors(headers: Headers): Headers {
  return headers.filter(([name]) => !CORS.has(name.toLowerCase()))
}

/** Node's flat list of names and values, as pairs. */
export function pairs(raw: readonly string[]): Headers {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []))
}

/** Who asked is known by now, and the backend must not learn how. */
export function withoutCredentials(headers: Headers): Headers {
  return headers.filter(([name]) => !/^(authorization|impersonate-.*)$/i.test(name))
}

/** Adds the client to X-Forwarded-For. */
export function withForwardedFor(headers: Headers, client: string): Headers {
  const before = headers.filter(([name]) => name.toLowerCase() === 'x-forwarded-for').map(([, value]) => value)
  return [...without(headers, 'x-forwarded-for'), ['X-Forwarded-For', [...before, client].join(', ')]]
}
