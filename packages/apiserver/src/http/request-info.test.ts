import { describe, expect, it } from 'vitest'
import { authorizedName, parseRequestInfo } from './request-info.ts'
import { splitUrl } from './url.ts'

/** verb group/version resource namespace name subresource rest, with - for empty. */
function summary(method: string, url: string): string {
  const { path, query } = splitUrl(url)
  const info = parseRequestInfo(method, path, query)
  if (info.kind === 'path') return `${info.verb} ${info.path}`
  const { verb, group, version, resource, namespace, subresource, rest } = info
  const name = authorizedName(info, query)
  return [verb, `${group}/${version}`, resource, namespace, name, subresource, ...rest]
    .map((text) => text || '-')
    .join(' ')
}

describe('parseRequestInfo', () => {
  it.each([
    ['GET', '/api/v1/namespaces/default/pods', 'list /v1 pods default - -'],
    ['GET', '/api/v1/namespaces/default/pods/', 'list /v1 pods default - -'],
    ['GET', '/api/v1/namespaces/default/pods?watch=true', 'watch /v1 pods default - -'],
    ['GET', '/api/v1/namespaces/default/pods?watch', 'watch /v1 pods default - -'],
    ['GET', '/api/v1/namespaces/default/pods?watch=0', 'list /v1 pods default - -'],
    ['GET', '/api/v1/namespaces/default/pods?watch=false', 'list /v1 pods default - -'],
    ['GET', '/api/v1/namespaces/default/pods/a', 'get /v1 pods default a -'],
    ['GET', '/api/v1/namespaces/default/pods/a?watch=1', 'get /v1 pods default a -'],
    ['HEAD', '/api/v1/namespaces/default/pods/a', 'get /v1 pods default a -'],
    ['GET', '/api/v1/namespaces/default/pods/a/log', 'get /v1 pods default a log'],
    ['GET', '/api/v1/namespaces/default/pods/a/proxy/x/y', 'get /v1 pods default a proxy x y'],
    ['POST', '/api/v1/namespaces/default/pods', 'create /v1 pods default - -'],
    ['POST', '/api/v1/namespaces/default/pods/a/exec?command=ls', 'create /v1 pods default a exec'],
    ['PUT', '/apis/apps/v1/namespaces/x/deployments/d/scale', 'update apps/v1 deployments x d scale'],
    ['PATCH', '/apis/apps/v1/namespaces/x/deployments/d', 'patch apps/v1 deployments x d -'],
    ['DELETE', '/apis/apps/v1/namespaces/x/deployments/d', 'delete apps/v1 deployments x d -'],
    ['DELETE', '/apis/apps/v1/namespaces/x/deployments', 'deletecollection apps/v1 deployments x - -'],
    ['OPTIONS', '/api/v1/pods', 'unknown /v1 pods - - -'],
    ['GET', '/api/v1/pods', 'list /v1 pods - - -'],
    ['GET', '/api/v1/namespaces', 'list /v1 namespaces - - -'],
    ['GET', '/api/v1/namespaces/x', 'get /v1 namespaces x x -'],
    ['PUT', '/api/v1/namespaces/x/finalize', 'update /v1 namespaces x x finalize'],
    ['PATCH', '/api/v1/namespaces/x/status', 'patch /v1 namespaces x x status'],
    ['GET', '/api/v1/watch/namespaces/x/pods', 'watch /v1 pods x - -'],
    ['GET', '/api/v1/watch/namespaces/x/pods/p', 'watch /v1 pods x p -'],
    ['GET', '/api/v1/watch/pods', 'watch /v1 pods - - -'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Da', 'list /v1 pods - a -'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name!%3Da', 'list /v1 pods - - -'],
    ['GET', '/api/v1/nodes/a%2Fb', 'get /v1 nodes - a b'],
    ['GET', '/api/v1/nodes/%zz', 'get /v1 nodes - %zz -'],
    ['GET', '/api//v1/namespaces', 'get / v1 - namespaces -'],
    ['GET', '/api', 'get /api'],
    ['GET', '/api/v1', 'get /api/v1'],
    ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
    ['POST', '/healthz', 'post /healthz'],
    ['GET', '/', 'get /'],
  ])('%s %s', (method, url, expected) => {
    expect(summary(method, url)).toBe(expected)
  })
})
