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
      body: '[+]ping ok\n[+]log ok\n[+]etcd ok\nhealthz check passed\n',
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
  ]
  it.each(rows)('$name', async ({ path, call, code, type, body }) => {
    await using cluster = await startFakeCluster()
    const answer = await ask(cluster, path, call)
    expect(answer.body).toEqual(typeof body === 'string' ? body : expect.stringMatching(body))
    expect([answer.code, answer.type]).toEqual([code, type])
    const isUnsniffed = answer.body === '404 page not found\n' || /^\/(healthz|livez|readyz)(\?|$)/.test(path)
    expect(answer.headers['x-content-type-options']).toBe(isUnsniffed ? 'nosniff' : undefined)
  })
})
