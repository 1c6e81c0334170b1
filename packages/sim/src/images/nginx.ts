// nginx: the official image with its default site on port 80. Serves /usr/share/nginx/html, so a mounted ConfigMap shows.
// Own configuration (/etc/nginx/conf.d) is not evaluated: a mounted one is reported on stderr, not followed.

import { startHttpProgram } from './http-program.ts'
import type { ContainerContext, Image } from './image.ts'
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
  [400, '400 Bad Request'],
  [403, '403 Forbidden'],
  [404, '404 Not Found'],
  [405, '405 Not Allowed'],
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
  environment: new Map([['NGINX_VERSION', VERSION]]),
  files: new Map([
    ['/usr/share/nginx/html/index.html', WELCOME],
    ['/usr/share/nginx/html/50x.html', errorPage(500)],
    ['/etc/nginx/conf.d/default.conf', DEFAULT_SITE],
  ]),
  start: (context) => {
    const pages = site(context)
    const configured = context.files.read('/etc/nginx/conf.d/default.conf')
    if (configured !== undefined && Buffer.from(configured).toString('utf8') !== DEFAULT_SITE) {
      context.stderr('podwire: the nginx image serves its default site only; /etc/nginx/conf.d is not evaluated\n')
    }
    return startHttpProgram(context, {
      ports: [80],
      signals: { SIGTERM: 0, SIGINT: 0, SIGQUIT: 0 },
      portTaken: (port) => `nginx: [emerg] bind() to 0.0.0.0:${port} failed (98: Address already in use)\n`,
      handler: (request, peer) => {
        const response = serveFile(pages, request)
        context.stdout(
          `${peer.address} - - [${logTime(context)}] "${request.method} ${request.target} HTTP/${request.version}" ` +
            `${response.status} ${response.body.length} "-" "-" "-"\n`,
        )
        return response
      },
    })
  },
}

/** `01/Jan/2026:00:00:00 +0000` */
function logTime(context: ContainerContext): string {
  const [, day, month, year, time] = httpDate(context.engine.clock).split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}
