// What single requests are answered with: code, content type and body, one row a request.

import { describe, expect, it } from 'vitest'
import { ask, CONFIG_MAPS, type Call } from './ask.suite.ts'
import { startFakeCluster } from './fake-handler.suite.ts'

describe('what a request is answered with', () => {
  const rows: readonly {
    name: string
    path: string
    call?: Call
    code: number
    type: string
    body: string | RegExp
  }[] = [
    {
      name: 'a wrong token',
      path: CONFIG_MAPS,
      call: { headers: { authorization: 'Bearer nobody' } },
      code: 401,
      type: 'application/json',
      body: '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n',
    },
    {
      name: 'anonymous',
      path: CONFIG_MAPS,
      call: { anonymous: true },
      code: 403,
      type: 'application/json',
      body: /configmaps is forbidden: User \\"system:anonymous\\" cannot list resource/,
    },
    {
      name: 'a timeout that is no duration, before anybody asks who it is',
      path: `${CONFIG_MAPS}?timeout=5`,
      call: { anonymous: true },
      code: 400,
      type: 'application/json',
      body: /"message":"invalid timeout specified in the request URL - time: missing unit in duration \\"5\\"","reason":"BadRequest"/,
    },
    {
      name: 'a watch whose time is over before it began',
      path: `${CONFIG_MAPS}?watch=1&timeoutSeconds=-1&timeout=x`,
      code: 200,
      type: 'application/json',
      body: '',
    },
    {
      name: 'anonymous health',
      path: '/readyz',
      call: { anonymous: true },
      code: 200,
      type: 'text/plain; charset=utf-8',
      body: 'ok',
    },
    {
      name: 'indented JSON, which ends without a newline',
      path: `${CONFIG_MAPS}?pretty=1`,
      code: 200,
      type: 'application/json',
      body: /\{\n {2}"kind": "ConfigMapList",[^]*\n\}$/,
    },
    {
      name: 'the version for a client that takes no JSON',
      path: '/version',
      call: { headers: { accept: 'text/html' } },
      code: 406,
      type: 'application/json',
      body: /Available representations: application\/json"/,
    },
    {
      name: 'HEAD of a status',
      path: `${CONFIG_MAPS.replace('configmaps', 'pods')}/p/status`,
      call: { method: 'HEAD' },
      code: 405,
      type: 'application/json',
      body: '',
    },
    {
      name: 'one check of health',
      path: '/livez/etcd',
      code: 200,
      type: 'text/plain; charset=utf-8',
      body: 'ok',
    },
    {
      name: 'a check only of readyz',
      path: '/livez/informer-sync',
      code: 404,
      type: 'text/plain; charset=utf-8',
      body: '404 page not found\n',
    },
    {
      name: 'verbose, by the key alone',
      path: '/healthz?verbose=0',
      code: 200,
      type: 'text/plain; charset=utf-8',
      body: /^\[\+\]ping ok\n\[\+\]log ok\n[^]*\[\+\]poststarthook\/rbac\/bootstrap-roles ok\n[^]*\nhealthz check passed\n$/,
    },
    {
      name: 'an unknown exclusion',
      path: '/livez?verbose&exclude=nope&exclude=ping&exclude=b',
      code: 200,
      type: 'text/plain; charset=utf-8',
      body: /^\[\+\]ping excluded: ok\n[^]*no matches for "b","nope"\nlivez check passed\n$/,
    },
    {
      name: 'anonymous version',
      path: '/version',
      call: { anonymous: true },
      code: 200,
      type: 'application/json',
      body: /^\{\n {2}"major": "1",\n[^]*\n {2}"gitVersion": "v1.36.2",\n[^]*\n\}$/,
    },
    {
      name: 'an impersonated user',
      path: CONFIG_MAPS,
      call: { headers: { 'impersonate-user': 'alice' } },
      code: 403,
      type: 'application/json',
      body: /User \\"alice\\" cannot list/,
    },
    {
      name: 'an unknown resource',
      path: '/api/v1/namespaces/default/foos',
      code: 404,
      type: 'application/json',
      body: /"message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404/,
    },
    {
      name: 'an unknown group',
      path: '/apis/example.org/v1',
      code: 404,
      type: 'text/plain; charset=utf-8',
      body: '404 page not found\n',
    },
    {
      name: 'an unknown version of a known group',
      path: '/apis/apps/v9',
      code: 404,
      type: 'application/json',
      body: /could not find/,
    },
    {
      name: 'an unknown path',
      path: '/foo',
      code: 404,
      type: 'text/plain; charset=utf-8',
      body: '404 page not found\n',
    },
    {
      name: 'what is below /version',
      path: '/version/x',
      code: 404,
      type: 'application/json',
      body: /could not find the requested resource/,
    },
    {
      name: 'a version in YAML',
      path: '/version',
      call: { headers: { accept: 'application/yaml' } },
      code: 406,
      type: 'application/yaml',
      body: /message: \|-\n {2}406: Not Acceptable\n\n {2}Available representations: application\/json\n/,
    },
    {
      name: 'a check with a closing slash',
      path: '/healthz/',
      code: 404,
      type: 'text/plain; charset=utf-8',
      body: '404 page not found\n',
    },
    {
      name: 'two slashes before the path',
      path: '//api/v1',
      code: 404,
      type: 'text/plain; charset=utf-8',
      body: '404 page not found\n',
    },
    {
      name: 'core discovery with another method',
      path: '/api',
      call: { method: 'POST' },
      code: 405,
      type: 'application/json',
      body: /does not allow this method/,
    },
    {
      name: 'groups as a table',
      path: '/apis/apps',
      call: { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
      code: 406,
      type: 'application/json',
      body: /only the following media types are accepted: application\/json, application\/yaml/,
    },
    {
      name: 'groups as anything of an application',
      path: '/apis',
      call: { headers: { accept: 'application/*' } },
      code: 200,
      type: 'application/json',
      body: /^\{"kind":"APIGroupList"/,
    },
    {
      name: 'core discovery as anything of an application',
      path: '/api/v1',
      call: { headers: { accept: 'application/*' } },
      code: 406,
      type: 'application/json',
      body: /406: Not Acceptable/,
    },
    {
      name: 'watch without a resource, whoever asks',
      path: '/api/v1/watch?x=1',
      call: { anonymous: true },
      code: 500,
      type: 'text/plain; charset=utf-8',
      body: 'Internal Server Error: "/api/v1/watch?x=1": failed to create RequestInfo: unable to determine kind and namespace from url, /api/v1/watch?x=1\n',
    },
    {
      name: 'no resource between two slashes',
      path: '/api/v1/namespaces/default//configmaps',
      call: { anonymous: true },
      code: 403,
      type: 'application/json',
      body: /"message":"forbidden: User \\"system:anonymous\\" cannot get resource \\"\\" .*"details":\{"name":"configmaps"\}/,
    },
    {
      name: 'a subresource by HEAD',
      path: '/api/v1/namespaces/default/pods/x/log',
      call: { method: 'HEAD' },
      code: 405,
      type: 'application/json',
      body: '',
    },
    {
      name: 'a dry run of exec',
      path: '/api/v1/namespaces/default/pods/x/exec?dryRun=All',
      code: 400,
      type: 'application/json',
      body: /dryRun is not supported/,
    },
    {
      name: 'a cluster resource in a namespace',
      path: '/api/v1/namespaces/default/nodes',
      code: 404,
      type: 'application/json',
      body: /could not find/,
    },
    {
      name: 'a namespaced object without its namespace',
      path: '/api/v1/pods/x',
      code: 404,
      type: 'application/json',
      body: /could not find/,
    },
    {
      name: 'an unknown subresource',
      path: `${CONFIG_MAPS}/x/scale`,
      code: 404,
      type: 'application/json',
      body: /could not find/,
    },
    {
      name: 'a double slash',
      path: '/api//v1/namespaces',
      code: 404,
      type: 'application/json',
      body: /could not find/,
    },
    {
      name: 'POST to a group',
      path: '/apis/apps',
      call: { method: 'POST', body: '{}' },
      code: 200,
      type: 'application/json',
      body: /"kind":"APIGroup"/,
    },
    {
      name: 'DELETE of a version',
      path: '/api/v1',
      call: { method: 'DELETE' },
      code: 405,
      type: 'application/json',
      body: /does not allow this method/,
    },
    {
      name: 'OPTIONS',
      path: CONFIG_MAPS,
      call: { method: 'OPTIONS' },
      code: 405,
      type: 'application/json',
      body: /does not allow this method/,
    },
    {
      name: 'PROPFIND',
      path: CONFIG_MAPS,
      call: { method: 'PROPFIND' },
      code: 405,
      type: 'application/json',
      body: /does not allow this method/,
    },
    {
      name: 'a missing object in YAML',
      path: `${CONFIG_MAPS}/nope`,
      call: { headers: { accept: 'application/yaml' } },
      code: 404,
      type: 'application/yaml',
      body: 'apiVersion: v1\ncode: 404\ndetails:\n  kind: configmaps\n  name: nope\nkind: Status\nmessage: configmaps "nope" not found\nmetadata: {}\nreason: NotFound\nstatus: Failure\n',
    },
    {
      name: 'a media type nobody speaks',
      path: CONFIG_MAPS,
      call: { headers: { accept: 'text/csv' } },
      code: 406,
      type: 'application/json',
      body: /406: Not Acceptable/,
    },
    {
      name: 'a list',
      path: CONFIG_MAPS,
      code: 200,
      type: 'application/json',
      body: '{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"0"},"items":[]}\n',
    },
    {
      name: 'a list for people',
      path: CONFIG_MAPS,
      call: { headers: { 'user-agent': 'curl/8.0' } },
      code: 200,
      type: 'application/json',
      body: /^\{\n {2}"kind": "ConfigMapList",\n/,
    },
    {
      name: 'exec into a pod that is not there',
      path: '/api/v1/namespaces/default/pods/x/exec',
      code: 404,
      type: 'application/json',
      body: /pods \\"x\\" not found/,
    },
    {
      name: 'an empty DELETE with a content type',
      path: `${CONFIG_MAPS}/x`,
      call: { method: 'DELETE', headers: { 'content-type': 'application/json' } },
      code: 404,
      type: 'application/json',
      body: /not found/,
    },
    {
      name: 'a POST to a watch path',
      path: '/api/v1/watch/namespaces/default/configmaps/x',
      call: { method: 'POST' },
      code: 405,
      type: 'application/json',
      body: /"reason":"MethodNotAllowed"/,
    },
    {
      name: 'the metadata of none',
      path: CONFIG_MAPS,
      call: { headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' } },
      code: 200,
      type: 'application/json',
      body: /"items":null\}\n$/,
    },
    {
      name: 'indented JSON by Accept',
      path: CONFIG_MAPS,
      call: { headers: { accept: 'application/json; pretty=1' } },
      code: 200,
      type: 'application/json',
      body: /\{\n {2}"kind": "ConfigMapList",[^]*\n\}$/,
    },
    {
      name: 'an error for a client that takes nothing it could be written in, raw',
      path: '/api/v1/nope',
      call: { headers: { accept: 'text/html' } },
      code: 404,
      type: 'application/json',
      body: /^\{\n {2}"kind": "Status",[^]*\n\}$/,
    },
    {
      name: 'an error with what Go escapes',
      path: `${CONFIG_MAPS}/a%3Cb`,
      code: 404,
      type: 'application/json',
      body: /a\\u003cb\\" not found/,
    },
    {
      name: 'the root by its other name',
      path: '/index.html',
      code: 200,
      type: 'application/json',
      body: /^\{\n {2}"paths": \[/,
    },
  ]
  it.each(rows)('$name', async ({ path, call, code, type, body }) => {
    await using cluster = await startFakeCluster()
    const answer = await ask(cluster, path, call)
    expect(answer.body).toEqual(typeof body === 'string' ? body : expect.stringMatching(body))
    expect([answer.code, answer.type]).toEqual([code, type])
    const isPlainError = /^(?:404 page not found|Internal Server Error)/.test(answer.body)
    const isUnsniffed = isPlainError || code === 403 || /^\/(healthz|livez|readyz)(\?|$)/.test(path)
    expect(answer.headers['x-content-type-options']).toBe(isUnsniffed ? 'nosniff' : undefined)
  })
})

describe('headers', () => {
  const DISCOVERY = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }

  it("every answer has an id: the client's, or one of its own", async () => {
    await using cluster = await startFakeCluster()
    const ids = [await ask(cluster, '/healthz'), await ask(cluster, CONFIG_MAPS), await ask(cluster, '/nope')].map(
      ({ headers }) => String(headers['audit-id']),
    )
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    expect(new Set(ids).size).toBe(3)
    expect((await ask(cluster, CONFIG_MAPS, { headers: { 'audit-id': 'mine' } })).headers['audit-id']).toBe('mine')
  })

  it('discovery in one document may be kept, and is asked for by its tag', async () => {
    await using cluster = await startFakeCluster()
    const { headers } = await ask(cluster, '/api', { headers: DISCOVERY })
    expect(headers).toMatchObject({ 'cache-control': 'public', vary: 'Accept' })
    expect(headers['etag']).toMatch(/^"[0-9A-F]{128}"$/)
    const again = await ask(cluster, '/api', { headers: { ...DISCOVERY, 'if-none-match': headers['etag'] ?? '' } })
    expect(again).toMatchObject({ code: 304, body: '' })
    expect((await ask(cluster, '/api', { headers: { accept: 'application/json' } })).headers).not.toHaveProperty('etag')
  })
})
