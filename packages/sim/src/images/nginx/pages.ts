// The pages nginx makes itself, and the site it serves files of. Source: nginx src/http/ngx_http_special_response.c, observed on 1.27.

import type { Clock } from '@podwire/engine'
import type { FileTree } from '@podwire/shell'
import type { ServerStyle, StaticSite } from '../static-files.ts'

export const NGINX_VERSION = '1.27.5'

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

export function errorPage(status: number): string {
  const title = REASONS.get(status) ?? String(status)
  return (
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n` +
    `<hr><center>nginx/${NGINX_VERSION}</center>\r\n</body>\r\n</html>\r\n`
  )
}

const STYLE: ServerStyle = {
  // The release date of the packaged page.
  modifiedMs: 1_744_816_714_000,
  headers: (date) => [
    ['Server', `nginx/${NGINX_VERSION}`],
    ['Date', date],
  ],
  errorPage,
}

export function nginxSite(files: FileTree, clock: Clock): StaticSite {
  return { style: STYLE, files, clock, root: '/usr/share/nginx/html' }
}
