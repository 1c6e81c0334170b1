// nginx.conf as the controller would write it: the structure and the directives that say where requests go, not the hundreds of
// tuning lines of the real template. Endpoints are not in it: the real one picks them in Lua, podwire in the balancer.
// Source: ingress-nginx rootfs/etc/nginx/template/nginx.tmpl.

import { DEFAULT_HOST, type NginxLocation, type ServerRoutes } from '../routing/index.ts'

const HEAD = `# Configuration of the podwire ingress controller, structured as ingress-nginx writes it.
pid /tmp/nginx/nginx.pid;
daemon off;
worker_processes 1;

events {
	multi_accept on;
	worker_connections 16384;
	use epoll;
}

http {
	server_tokens off;
	port_in_redirect off;
	merge_slashes on;

	map $http_upgrade $connection_upgrade {
		default upgrade;
		'' '';
	}
	map $http_x_request_id $req_id {
		default $http_x_request_id;
		"" $request_id;
	}

	upstream upstream_balancer {
		server 0.0.0.1; # placeholder
		balancer_by_lua_file /etc/nginx/lua/nginx/ngx_conf_balancer.lua;
		keepalive 320;
	}
`

/** @param servers sorted by host; see `renderServer` for one */
export function renderNginxConf(servers: readonly ServerRoutes[], render: (server: ServerRoutes) => string): string {
  return `${HEAD}\n${servers.map(render).join('\n')}}\n`
}

export function renderServer(server: ServerRoutes): string {
  const names = [server.host, ...server.aliases].map(serverName).join(' ')
  const lines = [`## start server ${server.host}`, 'server {', `\tserver_name ${names} ;`, '']
  if (server.host === DEFAULT_HOST) lines.push('\tlisten 80 default_server reuseport backlog=4096 ;', '')
  else lines.push('\tlisten 80 ;', '')
  if (server.tls) lines.push('\tlisten 443 ssl ;', '')
  for (const location of server.locations) lines.push(...renderLocation(location, server), '')
  if (server.host === DEFAULT_HOST) {
    lines.push('\tlocation /healthz {', '\t\taccess_log off;', '\t\treturn 200;', '\t}', '')
    lines.push('\tlocation /nginx_status {', '\t\tallow 127.0.0.1;', '\t\tdeny all;', '\t\tstub_status on;', '\t}', '')
  }
  lines.push('}', `## end server ${server.host}`, '')
  return lines.map((line) => (line === '' ? '' : `\t${line}`)).join('\n')
}

/** A wildcard takes exactly one label. */
function serverName(host: string): string {
  if (!host.startsWith('*.')) return host
  return `~^(?<subdomain>[\\w-]+)\\.${host.slice(2).replaceAll('.', '\\.')}$`
}

function renderLocation(entry: NginxLocation, server: ServerRoutes): string[] {
  const { location } = entry
  const { rules, backend, ingress } = location
  const body = [
    `set $namespace      "${ingress?.namespace ?? ''}";`,
    `set $ingress_name   "${ingress?.name ?? ''}";`,
    `set $service_name   "${backend?.service ?? ''}";`,
    `set $service_port   "${backend?.port ?? ''}";`,
    `set $location_path  "${escapeDollar(location.path)}";`,
    '',
    `# force_ssl_redirect ${rules.forceSslRedirect}, ssl_redirect ${rules.sslRedirect && server.tls}`,
    'rewrite_by_lua_file /etc/nginx/lua/nginx/ngx_rewrite.lua;',
    '',
    ...rules.deniedSources.map((range) => `deny ${range};`),
    ...rules.allowedSources.map((range) => `allow ${range};`),
    ...(rules.allowedSources.length > 0 ? ['deny all;'] : []),
    `client_max_body_size ${rules.maxBodyBytes};`,
    '',
    ...headerLines(rules.upstreamVhost),
    '',
    'proxy_http_version 1.1;',
    'proxy_next_upstream error timeout;',
    'proxy_next_upstream_tries 3;',
    '',
    ...endLines(entry),
  ]
  const path =
    entry.modifier === '~*' ? `~* "^${entry.path}"` : entry.modifier === '=' ? `= "${entry.path}"` : `"${entry.path}"`
  return [`\tlocation ${entry.path === '/' && entry.modifier === '' ? '/' : path} {`, ...body.map(indent), '\t}']
}

function headerLines(vhost: string | undefined): string[] {
  return [
    `proxy_set_header Host                   ${vhost === undefined ? '$best_http_host' : `"${vhost}"`};`,
    'proxy_set_header Upgrade                $http_upgrade;',
    'proxy_set_header Connection             $connection_upgrade;',
    'proxy_set_header X-Request-ID           $req_id;',
    'proxy_set_header X-Real-IP              $remote_addr;',
    'proxy_set_header X-Forwarded-For        $remote_addr;',
    'proxy_set_header X-Forwarded-Host       $best_http_host;',
    'proxy_set_header X-Forwarded-Port       $pass_port;',
    'proxy_set_header X-Forwarded-Proto      $pass_access_scheme;',
    'proxy_set_header X-Forwarded-Scheme     $pass_access_scheme;',
    'proxy_set_header X-Scheme               $pass_access_scheme;',
    'proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;',
    'proxy_set_header Proxy                  "";',
  ]
}

function endLines({ location }: NginxLocation): string[] {
  const { rules, backend, path } = location
  const lines: string[] = []
  if (rules.appRoot !== undefined)
    lines.push(`if ($uri = /) {`, `\treturn 302 $scheme://$http_host${rules.appRoot};`, '}')
  const redirect = rules.temporalRedirect ?? rules.permanentRedirect
  if (redirect !== undefined) return [...lines, `return ${redirect.code} ${redirect.url};`]
  if (backend === undefined) return [...lines, `return ${location.isDefault ? 404 : 503};`]
  lines.push(`set $proxy_upstream_name "${backend.name}";`)
  if (rules.rewriteTarget !== undefined && rules.rewriteTarget !== path) {
    lines.push(`rewrite "(?i)${path}" ${rules.rewriteTarget} break;`)
  }
  return [...lines, 'proxy_pass http://upstream_balancer;']
}

function escapeDollar(path: string): string {
  return path.replaceAll('$', '${literal_dollar}')
}

function indent(line: string): string {
  return line === '' ? '' : `\t\t${line}`
}
