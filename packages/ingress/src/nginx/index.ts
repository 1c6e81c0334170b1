// What an ingress-nginx does with a route: annotations/ one file each, what becomes of a request (decide.ts), the headers the
// backend gets, nginx's own pages, and the text of nginx.conf.

export { corsHeaders } from './cors.ts'
export { decide, standInFor, type Decision } from './decide.ts'
export { authRequest, authVerdict, type SubRequest } from './external-auth.ts'
export { isAuthorized, passwordsOf } from './passwords.ts'
export { RateLimiter } from './rate-limiter.ts'
export { mayAsk } from './source-filter.ts'
export { expandVariables, type VariableContext } from './variables.ts'
export { httpDate, nginxPage, nginxRefusal } from './error-page.ts'
export { renderNginxConf, renderServer, renderTable } from './render.ts'
export { backendHeaders, type Frontend } from './request-headers.ts'
