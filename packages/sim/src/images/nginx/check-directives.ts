// What nginx says of a configuration before it runs it: names it does not know, directives in the wrong place, the wrong number of
// arguments, blocks that are missing. Directives nginx has and podwire does not evaluate are listed. Source: nginx
// src/core/ngx_conf_file.c (ngx_conf_handler), the command tables of its modules.

import type { Directive } from './config-text.ts'
import { NGINX_DIRECTIVES } from './directive-names.ts'

export type Context = 'main' | 'events' | 'http' | 'server' | 'location' | 'upstream'

interface Rule {
  readonly in: readonly Context[]
  /** Fewest and most arguments. */
  readonly args: readonly [number, number]
  /** The context inside, where it opens a block; `skip`: what is inside is not looked at. */
  readonly opens?: Context | 'skip'
}

const MANY = Number.MAX_SAFE_INTEGER
const SITE: readonly Context[] = ['http', 'server', 'location']
const PLACE: readonly Context[] = ['server', 'location']

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['http', { in: ['main'], args: [0, 0], opens: 'http' }],
  ['events', { in: ['main'], args: [0, 0], opens: 'events' }],
  ['server', { in: ['http'], args: [0, 0], opens: 'server' }],
  ['upstream', { in: ['http'], args: [1, 1], opens: 'upstream' }],
  ['location', { in: PLACE, args: [1, 2], opens: 'location' }],
  ['types', { in: SITE, args: [0, 0], opens: 'skip' }],
  ['map', { in: ['http'], args: [2, 2], opens: 'skip' }],
  ['listen', { in: ['server'], args: [1, MANY] }],
  ['server_name', { in: ['server'], args: [1, MANY] }],
  ['return', { in: PLACE, args: [1, 2] }],
  ['rewrite', { in: PLACE, args: [2, 3] }],
  ['proxy_pass', { in: ['location'], args: [1, 1] }],
  ['proxy_set_header', { in: SITE, args: [2, 2] }],
  ['proxy_next_upstream', { in: SITE, args: [1, MANY] }],
  ['proxy_next_upstream_tries', { in: SITE, args: [1, 1] }],
  ['proxy_next_upstream_timeout', { in: SITE, args: [1, 1] }],
  ['proxy_connect_timeout', { in: SITE, args: [1, 1] }],
  ['proxy_read_timeout', { in: SITE, args: [1, 1] }],
  ['proxy_http_version', { in: SITE, args: [1, 1] }],
  ['add_header', { in: SITE, args: [2, 3] }],
  ['root', { in: SITE, args: [1, 1] }],
  ['alias', { in: ['location'], args: [1, 1] }],
  ['index', { in: SITE, args: [1, MANY] }],
  ['try_files', { in: PLACE, args: [2, MANY] }],
  ['default_type', { in: SITE, args: [1, 1] }],
  ['ip_hash', { in: ['upstream'], args: [0, 0] }],
  ['least_conn', { in: ['upstream'], args: [0, 0] }],
])
/** `server 10.4.7.21:81 max_fails=3;` */
const UPSTREAM_SERVER: Rule = { in: ['upstream'], args: [1, MANY] }

/** They change nothing that a client of the simulation could see. */
const HARMLESS: ReadonlySet<string> = new Set(
  [
    'user',
    'worker_processes',
    'worker_connections',
    'worker_rlimit_nofile',
    'pid',
    'daemon',
    'use',
    'multi_accept',
  ].concat(
    ['error_log', 'access_log', 'log_format', 'sendfile', 'tcp_nopush', 'tcp_nodelay', 'keepalive_timeout', 'charset'],
    ['types_hash_max_size', 'server_names_hash_bucket_size', 'server_names_hash_max_size', 'server_tokens'],
    ['proxy_buffering', 'proxy_buffer_size', 'proxy_buffers', 'proxy_busy_buffers_size', 'proxy_send_timeout'],
    ['proxy_redirect', 'proxy_temp_file_write_size', 'proxy_max_temp_file_size', 'client_header_timeout'],
    ['client_body_timeout', 'client_body_buffer_size', 'send_timeout', 'reset_timedout_connection', 'keepalive'],
    ['keepalive_requests', 'gzip', 'gzip_types', 'gzip_min_length', 'gzip_comp_level', 'gzip_vary', 'gzip_proxied'],
    ['gzip_buffers', 'gzip_http_version', 'gzip_disable', 'error_page', 'client_max_body_size', 'resolver', 'zone'],
  ),
)

export interface CheckedDirectives {
  /** What nginx says before it exits. */
  readonly error: string | undefined
  /** nginx's own that are not evaluated, in order. */
  readonly ignored: readonly Directive[]
}

export function checkDirectives(directives: readonly Directive[], context: Context): CheckedDirectives {
  const ignored: Directive[] = []
  const check = (list: readonly Directive[], where: Context): string | undefined => {
    for (const directive of list) {
      const problem = checkOne(directive, where, ignored)
      if (problem !== undefined) return problem
      const opens = ruleOf(directive, where)?.opens
      if (opens === undefined || opens === 'skip') continue
      const inner = check(directive.block ?? [], opens)
      if (inner !== undefined) return inner
    }
    return undefined
  }
  return { error: check(directives, context), ignored }
}

function ruleOf({ name }: Directive, where: Context): Rule | undefined {
  return name === 'server' && where === 'upstream' ? UPSTREAM_SERVER : RULES.get(name)
}

function checkOne(directive: Directive, where: Context, ignored: Directive[]): string | undefined {
  const { name, args, block, at } = directive
  const rule = ruleOf(directive, where)
  if (rule === undefined) {
    if (!NGINX_DIRECTIVES.has(name)) return `unknown directive "${name}" in ${at}`
    if (!HARMLESS.has(name)) ignored.push(directive)
    return undefined
  }
  if (!rule.in.includes(where)) return `"${name}" directive is not allowed here in ${at}`
  const [fewest, most] = rule.args
  if (args.length < fewest || args.length > most) return `invalid number of arguments in "${name}" directive in ${at}`
  if (rule.opens !== undefined && block === undefined) return `directive "${name}" has no opening "{" in ${at}`
  if (rule.opens === undefined && block !== undefined) return `directive "${name}" is not terminated by ";" in ${at}`
  return undefined
}
