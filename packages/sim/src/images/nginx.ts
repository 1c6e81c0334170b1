// nginx: the official image with its default site on port 80. Serves /usr/share/nginx/html, so a mounted ConfigMap shows.
// A configuration that is mounted (conf.d/*.conf, nginx.conf) is evaluated: nginx/configured.ts.

import { startHttpProgram } from './http-program.ts'
import type { ContainerContext, Image, RunningProgram } from './image.ts'
import { accessLine, accessLog } from './nginx/access-log.ts'
import { startConfigured } from './nginx/configured.ts'
import { nginxControl } from './nginx/control.ts'
import { errorPage, NGINX_VERSION, nginxSite } from './nginx/pages.ts'
import type { SignalTable } from './program.ts'
import { serveFile } from './static-files.ts'

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

export const nginx: Image = {
  name: 'nginx',
  entrypoint: ['/docker-entrypoint.sh'],
  defaultArguments: ['nginx', '-g', 'daemon off;'],
  programNames: new Set(['nginx', 'nginx-debug']),
  ports: [80],
  libc: 'glibc',
  stopSignal: 'SIGQUIT',
  processTitle: 'nginx: master process nginx -g daemon off;',
  control: (args) => nginxControl(args, NGINX_VERSION, configuration),
  environment: new Map([['NGINX_VERSION', NGINX_VERSION]]),
  files: new Map([
    ['/usr/share/nginx/html/index.html', WELCOME],
    ['/usr/share/nginx/html/50x.html', errorPage(500)],
    ['/etc/nginx/conf.d/default.conf', DEFAULT_SITE],
  ]),
  start: (context) => (hasOwnConfiguration(context) ? startWithConfiguration(context) : startWithDefaultSite(context)),
}

function startWithConfiguration(context: ContainerContext): RunningProgram {
  const { clock } = context.engine
  const log = accessLog(clock, (line) => context.stdout(line))
  return startConfigured(context, () => ownConfiguration(context), nginxSite(context.files, clock), log)
}

const SIGNALS: SignalTable = { SIGTERM: 0, SIGINT: 0, SIGQUIT: 0 }

/** There may be thousands of these: all that each of them keeps is its handler. */
function startWithDefaultSite(context: ContainerContext): RunningProgram {
  return startHttpProgram(context, {
    ports: [80],
    signals: SIGNALS,
    portTaken: (port) => `nginx: [emerg] bind() to 0.0.0.0:${port} failed (98: Address already in use)\n`,
    handler: (request, peer) => {
      const { clock } = context.engine
      const response = serveFile(nginxSite(context.files, clock), request)
      context.stdout(accessLine(clock, request, peer.address, response))
      return response
    },
  })
}

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
