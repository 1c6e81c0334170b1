// httpd: the official Apache image with its default page on port 80, serving /usr/local/apache2/htdocs.

import { startHttpProgram } from './http-program.ts'
import type { Image } from './image.ts'
import { serveFile, type ServerStyle } from './static-files.ts'

const VERSION = '2.4.62'
const ROOT = '/usr/local/apache2/htdocs'

const TITLES: ReadonlyMap<number, readonly [title: string, text: string]> = new Map([
  [301, ['301 Moved Permanently', 'The document has moved.']],
  [400, ['400 Bad Request', 'Your browser sent a request that this server could not understand.<br />']],
  [403, ['403 Forbidden', "You don't have permission to access this resource."]],
  [404, ['404 Not Found', 'The requested URL was not found on this server.']],
  [405, ['405 Method Not Allowed', 'The requested method is not allowed for this URL.']],
])

function errorPage(status: number): string {
  const [title, text] = TITLES.get(status) ?? [String(status), '']
  return (
    '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n' +
    `<title>${title}</title>\n</head><body>\n<h1>${title.slice(4)}</h1>\n<p>${text}</p>\n</body></html>\n`
  )
}

const STYLE: ServerStyle = {
  // The date of the page in the image: 2007-06-11.
  modifiedMs: 1_181_587_514_000,
  headers: (date) => [
    ['Date', date],
    ['Server', `Apache/${VERSION} (Unix)`],
  ],
  errorPage,
}

export const httpd: Image = {
  name: 'httpd',
  aliases: ['apache'],
  entrypoint: [],
  defaultArguments: ['httpd-foreground'],
  programNames: new Set(['httpd', 'httpd-foreground']),
  ports: [80],
  libc: 'glibc',
  stopSignal: 'SIGWINCH',
  environment: new Map([
    ['HTTPD_PREFIX', '/usr/local/apache2'],
    ['HTTPD_VERSION', VERSION],
  ]),
  workingDirectory: '/usr/local/apache2',
  files: new Map([[`${ROOT}/index.html`, '<html><body><h1>It works!</h1></body></html>\n']]),
  start: (context) => {
    context.stderr(`AH00094: Command line: 'httpd -D FOREGROUND'\n`)
    return startHttpProgram(context, {
      ports: [80],
      signals: { SIGTERM: 0, SIGINT: 0, SIGWINCH: 0 },
      portTaken: (port) =>
        `(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:${port}\n`,
      handler: (request) =>
        serveFile({ style: STYLE, files: context.files, clock: context.engine.clock, root: ROOT }, request),
    })
  },
}
