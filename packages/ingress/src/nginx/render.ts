// nginx.conf as the controller would write it: the structure and the directives that say where requests go, not the hundreds of
// tuning lines of the real template. Endpoints are not in it: the real one picks them in Lua, podwire in the balancer.
// Source: ingress-nginx rootfs/etc/nginx/template/nginx.tmpl.

import { DEFAULT_HOST, type Location, type RoutingTable, type ServerRoutes } from '../routing/index.ts'
import { authPath, errorBackend, mirrorPath, ownerOf, renderLocation } from './render-location.ts'

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

	ssl_certificate /etc/ingress-controller/ssl/default-fake-certificate.pem;
	ssl_certificate_key /etc/ingress-controller/ssl/default-fake-certificate.pem;

	geo $literal_dollar {
		default "$";
	}
`

/** @param servers sorted by host; see `renderServer` for one */
export function renderNginxConf(servers: readonly ServerRoutes[], render: (server: ServerRoutes) => string): string {
  const zones = [
    ...new Set(servers.flatMap(({ locations }) => locations.flatMap(({ location }) => limitZones(location)))),
  ]
  const limits = zones.length === 0 ? '' : `${zones.map((line) => `\t${line}\n`).join('')}\n`
  return `${HEAD}\n${limits}${servers.map(render).join('\n')}}\n`
}

/** The whole file for a routing table. */
export function renderTable(table: RoutingTable): string {
  return renderNginxConf(table.servers(), renderServer)
}

export function renderServer(server: ServerRoutes): string {
  const names = [server.host, ...server.aliases].map(serverName).join(' ')
  const lines = [`## start server ${server.host}`, 'server {', `\tserver_name ${names} ;`, '']
  if (server.host === DEFAULT_HOST) lines.push('\tlisten 80 default_server reuseport backlog=4096 ;', '')
  else lines.push('\tlisten 80 ;', '')
  const isDefault = server.host === DEFAULT_HOST
  lines.push(`\tlisten 443 ${isDefault ? 'default_server reuseport backlog=4096 ' : ''}ssl ;`, '\thttp2 on;', '')
  // Which certificate is Lua's to choose: a Secret that changes changes nothing here.
  if (isDefault) lines.push('\tssl_reject_handshake off;')
  lines.push('\tssl_certificate_by_lua_file /etc/nginx/lua/nginx/ngx_conf_certificate.lua;', '')
  lines.push(...clientCertificateLines(server), ...helperLocations(server))
  for (const location of server.locations) lines.push(...renderLocation(location), '')
  if (server.host === DEFAULT_HOST) {
    lines.push('\tlocation /healthz {', '\t\taccess_log off;', '\t\treturn 200;', '\t}', '')
    lines.push('\tlocation /nginx_status {', '\t\tallow 127.0.0.1;', '\t\tdeny all;', '\t\tstub_status on;', '\t}', '')
  }
  lines.push('}', `## end server ${server.host}`, '')
  return lines.map((line) => (line === '' ? '' : `\t${line}`)).join('\n')
}

function clientCertificateLines({ clientCertificates: rules }: ServerRoutes): readonly string[] {
  if (rules === undefined) return []
  return [
    `\tssl_client_certificate /etc/ingress-controller/ssl/ca-${rules.secret.replace('/', '-')}.pem;`,
    `\tssl_verify_client ${rules.verify};`,
    `\tssl_verify_depth ${rules.depth};`,
    ...(rules.errorPage === '' ? [] : [`\terror_page 495 496 = ${rules.errorPage};`]),
    '',
  ]
}

/** A wildcard takes exactly one label. */
function serverName(host: string): string {
  if (!host.startsWith('*.')) return host
  return `~^(?<subdomain>[\\w-]+)\\.${host.slice(2).replaceAll('.', '\\.')}$`
}

/** Memory in which nginx counts an Ingress's clients. */
function limitZones(location: Location): readonly string[] {
  const { perSecond, perMinute, connections } = location.rules.limits
  const zone = ownerOf(location)
  return [
    ...(connections > 0 ? [`limit_conn_zone $binary_remote_addr zone=${zone}_conn:5m;`] : []),
    ...(perMinute > 0 ? [`limit_req_zone $binary_remote_addr zone=${zone}_rpm:5m rate=${perMinute}r/m;`] : []),
    ...(perSecond > 0 ? [`limit_req_zone $binary_remote_addr zone=${zone}_rps:5m rate=${perSecond}r/s;`] : []),
  ]
}

/** What only nginx itself asks for: error pages, the server asked first, mirrors. One of a name. */
function helperLocations({ locations }: ServerRoutes): readonly string[] {
  const helpers = new Map<string, readonly string[]>()
  for (const { location } of locations) {
    const { rules } = location
    const { external } = rules.authentication
    for (const code of rules.customErrors) {
      const headers = [`proxy_set_header X-Code ${code};`, 'proxy_set_header X-Format $http_accept;']
      const name = `@custom_${errorBackend(rules)}_${code}`
      helpers.set(name, ['internal;', ...headers, 'rewrite (.*) / break;', 'proxy_pass http://upstream_balancer;'])
    }
    if (external.url !== '') {
      const method = external.method === undefined ? [] : [`proxy_method ${external.method};`]
      const body = ['proxy_pass_request_body off;', 'proxy_set_header Content-Length "";', ...method]
      helpers.set(`= ${authPath(location)}`, [
        'internal;',
        ...body,
        `set $target "${external.url}";`,
        'proxy_pass $target;',
      ])
    }
    if (rules.mirror.target !== '') {
      helpers.set(`= ${mirrorPath(location)}`, ['internal;', `proxy_pass "${rules.mirror.target}";`])
    }
  }
  return [...helpers].flatMap(([name, body]) => [
    `\tlocation ${name} {`,
    ...body.map((line) => `\t\t${line}`),
    '\t}',
    '',
  ])
}
