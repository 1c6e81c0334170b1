// One location of nginx.conf: what is set, who may ask, the headers, and where the request goes.
// Source: ingress-nginx rootfs/etc/nginx/template/nginx.tmpl (SERVER, CORS), internal/ingress/controller/template/template.go.

import type { Location, NginxLocation } from '../routing/index.ts'
import { basicAuthOf } from './annotations/authentication.ts'
import type { CorsRules } from './annotations/cors.ts'
import type { LocationRules } from './annotations/location-rules.ts'
import { type BackendProtocol, isGrpc, type UpstreamRules } from './annotations/upstream.ts'

export function renderLocation(entry: NginxLocation): string[] {
  const { location } = entry
  const { rules, backend, ingress } = location
  const body = [
    `set $namespace      "${ingress?.namespace ?? ''}";`,
    `set $ingress_name   "${ingress?.name ?? ''}";`,
    `set $service_name   "${backend?.service ?? ''}";`,
    `set $service_port   "${backend?.port ?? ''}";`,
    `set $location_path  "${escapeDollar(location.path)}";`,
    '',
    // Lua changes these; without it they are what they are set to.
    `set $proxy_upstream_name "${backend?.name ?? ''}";`,
    'set $best_http_host $http_host;',
    'set $pass_access_scheme $scheme;',
    'set $pass_server_port $server_port;',
    'set $pass_port $pass_server_port;',
    '',
    `# force_ssl_redirect ${rules.forceSslRedirect}, ssl_redirect ${rules.sslRedirect}`,
    'rewrite_by_lua_file /etc/nginx/lua/nginx/ngx_rewrite.lua;',
    '',
    ...mirrorLines(entry),
    ...rules.deniedSources.map((range) => `deny ${range};`),
    ...rules.allowedSources.map((range) => `allow ${range};`),
    ...(rules.allowedSources.length > 0 ? ['deny all;'] : []),
    ...corsLines(rules.cors),
    ...authLines(entry),
    ...limitLines(entry),
    `client_max_body_size ${rules.maxBodyBytes};`,
    '',
    ...headerLines(rules.upstreamVhost, isGrpc(rules.upstream.protocol) ? 'grpc_set_header' : 'proxy_set_header'),
    '',
    ...upstreamLines(rules.upstream),
    ...rules.customErrors.map((code) => `error_page ${code} = @custom_${errorBackend(rules)}_${code};`),
    ...(rules.customErrors.length > 0 ? ['proxy_intercept_errors on;'] : []),
    '',
    ...endLines(entry),
  ]
  const path =
    entry.modifier === '~*' ? `~* "^${entry.path}"` : entry.modifier === '=' ? `= "${entry.path}"` : `"${entry.path}"`
  return [`\tlocation ${entry.path === '/' && entry.modifier === '' ? '/' : path} {`, ...body.map(indent), '\t}']
}

function headerLines(vhost: string | undefined, directive: 'proxy_set_header' | 'grpc_set_header'): string[] {
  return [
    `Host                   ${vhost === undefined ? '$best_http_host' : `"${vhost}"`}`,
    'Upgrade                $http_upgrade',
    'Connection             $connection_upgrade',
    'X-Request-ID           $req_id',
    'X-Real-IP              $remote_addr',
    'X-Forwarded-For        $remote_addr',
    'X-Forwarded-Host       $best_http_host',
    'X-Forwarded-Port       $pass_port',
    'X-Forwarded-Proto      $pass_access_scheme',
    'X-Forwarded-Scheme     $pass_access_scheme',
    'X-Scheme               $pass_access_scheme',
    'X-Original-Forwarded-For $http_x_forwarded_for',
    'Proxy                  ""',
  ].map((header) => `${directive} ${header};`)
}

function mirrorLines({ location }: NginxLocation): string[] {
  const { target, body } = location.rules.mirror
  return target === '' ? [] : [`mirror "${mirrorPath(location)}";`, `mirror_request_body ${body ? 'on' : 'off'};`]
}

export function mirrorPath(location: Location): string {
  return `/_mirror-${ownerOf(location)}`
}

export function authPath(location: Location): string {
  return `/_external-auth-${Buffer.from(location.path).toString('base64url')}-${location.pathType}`
}

/** Names the zones and helper locations of an Ingress. */
export function ownerOf({ ingress }: Location): string {
  return ingress === undefined ? '' : `${ingress.namespace}_${ingress.name}`
}

function corsLines(cors: CorsRules): string[] {
  if (!cors.enabled) return []
  const headers = [
    `more_set_headers 'Access-Control-Allow-Origin: $http_origin';`,
    ...(cors.credentials ? [`more_set_headers 'Access-Control-Allow-Credentials: true';`] : []),
    `more_set_headers 'Access-Control-Allow-Methods: ${cors.methods}';`,
    `more_set_headers 'Access-Control-Allow-Headers: ${cors.headers}';`,
    ...(cors.exposeHeaders === '' ? [] : [`more_set_headers 'Access-Control-Expose-Headers: ${cors.exposeHeaders}';`]),
    `more_set_headers 'Access-Control-Max-Age: ${cors.maxAge}';`,
  ].map((line) => `\t${line}`)
  const origins = cors.origins.includes('*')
    ? ['set $http_origin *;', `set $cors 'true';`]
    : [`if ($http_origin ~* (${cors.origins.map(originPattern).join('|')})$ ) { set $cors 'true'; }`]
  return [
    ...origins,
    `if ($request_method = 'OPTIONS') {`,
    '\tset $cors ${cors}options;',
    '}',
    `if ($cors = "true") {`,
    ...headers,
    '}',
    `if ($cors = "trueoptions") {`,
    ...headers,
    `\tmore_set_headers 'Content-Type: text/plain charset=UTF-8';`,
    `\tmore_set_headers 'Content-Length: 0';`,
    '\treturn 204;',
    '}',
  ]
}

function originPattern(origin: string): string {
  return `(${origin.replaceAll('.', '\\.').replace('*', '[A-Za-z0-9\\-]+')})`
}

function authLines({ location }: NginxLocation): string[] {
  const { authentication } = location.rules
  const basic = basicAuthOf(authentication, location.ingress?.namespace ?? '')
  const { external } = authentication
  return [
    ...(external.url === ''
      ? []
      : [
          `auth_request ${authPath(location)};`,
          'auth_request_set $auth_cookie $upstream_http_set_cookie;',
          `add_header Set-Cookie $auth_cookie${external.alwaysSetCookie ? ' always' : ''};`,
        ]),
    ...(basic === undefined
      ? []
      : [
          `auth_basic "${basic.realm}";`,
          `auth_basic_user_file /etc/ingress-controller/auth/${basic.namespace}-${basic.secret}.passwd;`,
          'proxy_set_header Authorization "";',
        ]),
  ]
}

function limitLines({ location }: NginxLocation): string[] {
  const { perSecond, perMinute, connections, burstMultiplier } = location.rules.limits
  const zone = ownerOf(location)
  const burst = (rate: number): string => `burst=${rate * burstMultiplier} nodelay;`
  return [
    ...(connections > 0 ? [`limit_conn ${zone}_conn ${connections};`] : []),
    ...(perMinute > 0 ? [`limit_req zone=${zone}_rpm ${burst(perMinute)}`] : []),
    ...(perSecond > 0 ? [`limit_req zone=${zone}_rps ${burst(perSecond)}`] : []),
  ]
}

function upstreamLines(upstream: UpstreamRules): string[] {
  return [
    `proxy_connect_timeout ${upstream.connectSeconds}s;`,
    `proxy_send_timeout ${upstream.sendSeconds}s;`,
    `proxy_read_timeout ${upstream.readSeconds}s;`,
    '',
    `proxy_buffering ${upstream.buffering};`,
    `proxy_request_buffering ${upstream.requestBuffering};`,
    `proxy_http_version ${upstream.httpVersion};`,
    `proxy_next_upstream ${upstream.nextOn.join(' ')};`,
    `proxy_next_upstream_timeout ${upstream.triesSeconds};`,
    `proxy_next_upstream_tries ${upstream.tries};`,
    ...(isGrpc(upstream.protocol) ? grpcLines(upstream) : []),
  ]
}

function grpcLines({ connectSeconds, sendSeconds, readSeconds }: UpstreamRules): string[] {
  return [
    '# Grpc settings',
    `grpc_connect_timeout ${connectSeconds}s;`,
    `grpc_send_timeout ${sendSeconds}s;`,
    `grpc_read_timeout ${readSeconds}s;`,
  ]
}

export function errorBackend({ defaultBackend }: LocationRules): string {
  if (defaultBackend === undefined) return 'upstream-default-backend'
  return `custom-default-backend-${defaultBackend.namespace}-${defaultBackend.name}`
}

function endLines({ location }: NginxLocation): string[] {
  const { rules, backend, path } = location
  const lines: string[] = []
  if (rules.appRoot !== undefined)
    lines.push(`if ($uri = /) {`, `\treturn 302 $scheme://$http_host${rules.appRoot};`, '}')
  const redirect = rules.temporalRedirect ?? rules.permanentRedirect
  if (redirect !== undefined) return [...lines, `return ${redirect.code} ${redirect.url};`]
  if (backend === undefined) return [...lines, `return ${location.isDefault ? 404 : 503};`]
  if (rules.rewriteTarget !== undefined && rules.rewriteTarget !== path) {
    lines.push(`rewrite "(?i)${path}" ${rules.rewriteTarget} break;`)
  }
  return [...lines, PASSES[rules.upstream.protocol]]
}

const PASSES: Readonly<Record<BackendProtocol, string>> = {
  HTTP: 'proxy_pass http://upstream_balancer;',
  HTTPS: 'proxy_pass https://upstream_balancer;',
  AUTO_HTTP: 'proxy_pass $scheme://upstream_balancer;',
  GRPC: 'grpc_pass grpc://upstream_balancer;',
  GRPCS: 'grpc_pass grpcs://upstream_balancer;',
}

function escapeDollar(path: string): string {
  return path.replaceAll('$', '${literal_dollar}')
}

function indent(line: string): string {
  return line === '' ? '' : `\t\t${line}`
}
