// nginx: the official image with its default site on port 80. Serves /usr/share/nginx/html, so a mounted ConfigMap shows.
// A configuration that is mounted (conf.d/*.conf, nginx.conf) is evaluated: nginx/configured.ts.

import { startHttpProgram } from './http-program.ts'
import type { ContainerContext, Image } from './image.ts'
import { startConfigured, type AccessLog } from './nginx/configured.ts'
import { nginxControl } from './nginx/control.ts'
import { httpDate } from './responses.ts'
import { serveFile, type StaticSite } from './static-files.ts'

const VERSION = '1.27.5'

const WELCOME = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`

const REASONS: ReadonlyMap<number, string> = new Map([
  [301, '301 Moved Permanently'],
  [302, '302 Found'],
  [307, '307 Temporary Redirect'],
  [308, '308 Permanent Redirect'],
  [400, '400 Bad Request'],
  [403, '403 Forbidden'],
  [404, '404 Not Found'],
  [401, '401 Authorization Required'],
  [405, '405 Not Allowed'],
  [500, '500 Internal Server Error'],
  [502, '502 Bad Gateway'],
  [503, '503 Service Temporarily Unavailable'],
  [504, '504 Gateway Time-out'],
])

function errorPage(status: number): string {
  const title = REASONS.get(status) ?? String(status)
  return (
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n` +
    `<hr><center>nginx/${VERSION}</center>\r\n</body>\r\n</html>\r\n`
  )
}

const DEFAULT_SITE = `server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }
}
`

function site(context: ContainerContext): StaticSite {
  const { clock } = context.engine
  return {
    files: context.files,
    root: '/usr/share/nginx/html',
    // The release date of the packaged page.
    modifiedMs: 1_744_816_714_000,
    headers: () => [
      ['Server', `nginx/${VERSION}`],
      ['Date', httpDate(clock)],
    ],
    errorPage,
  }
}

export const nginx: Image = {
  name: 'nginx',
  entrypoint: ['/docker-entrypoint.sh'],
  defaultArguments: ['nginx', '-g', 'daemon off;'],
  programNames: new Set(['nginx']),
  ports: [80],
  libc: 'glibc',
  stopSignal: 'SIGQUIT',
  processTitle: 'nginx: master process nginx -g daemon off;',
  control: (args) => nginxControl(args, VERSION, configuration),
  environment: new Map([['NGINX_VERSION', VERSION]]),
  files: new Map([
    ['/usr/share/nginx/html/index.html', WELCOME],
    ['/usr/share/nginx/html/50x.html', errorPage(500)],
    ['/etc/nginx/conf.d/default.conf', DEFAULT_SITE],
  ]),
  start: (context) => {
    const pages = site(context)
    const log = accessLog(context)
    if (hasOwnConfiguration(context)) return startConfigured(context, () => ownConfiguration(context), pages, log)
    return startHttpProgram(context, {
      ports: [80],
      signals: { SIGTERM: 0, SIGINT: 0, SIGQUIT: 0 },
      portTaken: (port) => `nginx: [emerg] bind() to 0.0.0.0:${port} failed (98: Address already in use)\n`,
      handler: (request, peer) => {
        const response = serveFile(pages, request)
        log(request, peer.address, response)
        return response
      },
    })
  },
}

function accessLog(context: ContainerContext): AccessLog {
  return ({ method, target, version }, peer, { status, body }) =>
    context.stdout(
      `${peer} - - [${logTime(context)}] "${method} ${target} HTTP/${version}" ${status} ${body.length} "-" "-" "-"\n`,
    )
}

/** `01/Jan/2026:00:00:00 +0000` */
function logTime(context: ContainerContext): string {
  const date = httpDate(context.engine.clock)
  if (date !== lastDate) {
    const [, day, month, year, time] = date.split(' ')
    lastDate = date
    lastLogTime = `${day}/${month}/${year}:${time} +0000`
  }
  return lastLogTime
}

// As web servers do: the text of the last second asked for.
let lastDate = ''
let lastLogTime = ''

/** Something is mounted where nginx looks for its configuration. */
function hasOwnConfiguration({ pod, containerName }: ContainerContext): boolean {
  const container = pod.spec.containers.find(({ name }) => name === containerName)
  const paths = (container?.volumeMounts ?? []).map(({ mountPath }) => mountPath)
  return paths.some((path) => path === '/etc' || path === '/etc/nginx' || path.startsWith('/etc/nginx/'))
}

const MAIN = '/etc/nginx/nginx.conf'

/** The files that nginx reads, in order, from what `read` and `list` find. */
function configuration(
  read: (path: string) => string | undefined,
  list: (path: string) => readonly string[] | undefined,
): ReadonlyMap<string, string> {
  const main = read(MAIN)
  const found = new Map<string, string>(main === undefined ? [] : [[MAIN, main]])
  if (main !== undefined && !main.includes('conf.d')) return found
  for (const name of list('/etc/nginx/conf.d') ?? []) {
    const content = name.endsWith('.conf') ? read(`/etc/nginx/conf.d/${name}`) : undefined
    if (content !== undefined) found.set(`/etc/nginx/conf.d/${name}`, content)
  }
  return found
}

function ownConfiguration({ files }: ContainerContext): ReadonlyMap<string, string> {
  return configuration(
    (path) => {
      const content = files.read(path)
      return content === undefined ? undefined : Buffer.from(content).toString('utf8')
    },
    (path) => files.list(path),
  )
}
