// What an ingress-nginx does with a route: annotations/ one file each, what becomes of a request (decide.ts), the headers the
// backend gets, nginx's own pages, and the text of nginx.conf.

export { decide } from './decide.ts'
export { httpDate, nginxPage } from './error-page.ts'
export { renderNginxConf, renderServer } from './render.ts'
export { backendHeaders, type Frontend } from './request-headers.ts'
