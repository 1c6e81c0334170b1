import { expect, test } from 'vitest'
import { parseRequestInfo, type ResourceInfo } from '../request-info.ts'
import { ApiMetrics, type CountedRequest } from './api-metrics.ts'

function request(method: string, path: string, contentType = 'application/json'): CountedRequest {
  const [plain = '', query = ''] = path.split('?')
  const parameters = new URLSearchParams(query)
  const info = parseRequestInfo(method, plain, parameters) as ResourceInfo
  return { info, query: parameters, contentType }
}

function newMetrics(): ApiMetrics {
  return new ApiMetrics({ major: 1, minor: 36, git: 'v1.36.2' })
}

const lines = (metrics: ApiMetrics, name: string): readonly string[] =>
  metrics
    .text([])
    .split('\n')
    .filter((line) => line.startsWith(name))

test.each([
  ['GET', '/api/v1/namespaces/n/pods/p', 'GET', 'resource', ''],
  ['GET', '/api/v1/namespaces/n/pods', 'LIST', 'namespace', ''],
  ['GET', '/api/v1/pods', 'LIST', 'cluster', ''],
  ['GET', '/api/v1/pods?watch=1', 'WATCH', 'cluster', ''],
  ['POST', '/api/v1/namespaces/n/pods', 'POST', 'namespace', ''],
  ['POST', '/api/v1/namespaces/n/pods?dryRun=All', 'POST', 'namespace', 'All'],
  ['PUT', '/api/v1/namespaces/n/pods/p', 'PUT', 'resource', ''],
  ['PATCH', '/api/v1/namespaces/n/pods/p', 'PATCH', 'resource', ''],
  ['DELETE', '/api/v1/namespaces/n/pods', 'DELETECOLLECTION', 'namespace', ''],
  ['GET', '/api/v1/namespaces/n/pods/p/log', 'CONNECT', 'resource', ''],
])('%s %s counts as %s', (method, path, verb, scope, dryRun) => {
  const metrics = newMetrics()
  metrics.answered(request(method, path), 200, 10)
  const subresource = path.endsWith('/log') ? 'log' : ''
  expect(lines(metrics, 'apiserver_request_total')).toEqual([
    `apiserver_request_total{code="200",component="apiserver",dry_run="${dryRun}",group="",resource="pods",` +
      `scope="${scope}",subresource="${subresource}",verb="${verb}",version="v1"} 1`,
  ])
})

test('requests of one line are told apart by what they were answered, and by their body', () => {
  const metrics = newMetrics()
  const create = request('POST', '/api/v1/namespaces/n/pods')
  const patch = request('PATCH', '/api/v1/namespaces/n/pods/p')
  const apply = { ...patch, contentType: 'application/apply-patch+yaml' }
  const tried = request('POST', '/api/v1/namespaces/n/pods?dryRun=All')
  for (const code of [201, 409, 201]) metrics.answered(create, code, 1)
  metrics.answered(tried, 201, 1)
  for (const sent of [patch, apply, patch]) metrics.answered(sent, 200, 1)
  const counts = lines(metrics, 'apiserver_request_total').map((line) => {
    const [, code = '', dryRun = '', verb = '', count = ''] =
      /code="(\d+)".*dry_run="(\w*)".*verb="(\w+)".* (\d+)$/.exec(line) ?? []
    return `${verb}${dryRun} ${code} ${count}`
  })
  expect(counts.sort()).toEqual(['APPLY 200 1', 'PATCH 200 2', 'POST 201 2', 'POST 409 1', 'POSTAll 201 1'])
})

test('an apply is a verb of its own', () => {
  const metrics = newMetrics()
  metrics.answered(request('PATCH', '/api/v1/namespaces/n/pods/p', 'application/apply-patch+yaml'), 200, 1)
  expect(lines(metrics, 'apiserver_request_total')[0]).toContain('verb="APPLY"')
})

test('watches are counted while they are open, and their events', () => {
  const metrics = newMetrics()
  const watch = request('GET', '/api/v1/pods?watch=1')
  const over = [metrics.longRunning(watch), metrics.longRunning(watch)]
  metrics.watchEvents({ group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }).value++
  over[0]?.()
  expect(lines(metrics, 'apiserver_longrunning_requests')).toEqual([
    'apiserver_longrunning_requests{component="apiserver",group="",resource="pods",scope="cluster",subresource="",verb="WATCH",version="v1"} 1',
  ])
  expect(lines(metrics, 'apiserver_watch_events_total')).toEqual([
    'apiserver_watch_events_total{group="",resource="pods",version="v1"} 1',
  ])
})

test('deprecated APIs name the release that removes them', () => {
  const metrics = newMetrics()
  const { info } = request('GET', '/apis/extensions/v1beta1/namespaces/n/ingresses')
  metrics.deprecated(info, 'extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use …')
  expect(lines(metrics, 'apiserver_requested_deprecated_apis')).toEqual([
    'apiserver_requested_deprecated_apis{group="extensions",removed_release="1.22",resource="ingresses",subresource="",version="v1beta1"} 1',
  ])
})

test('objects are counted when the page is read, under both names', () => {
  const text = newMetrics().text([{ group: 'apps', resource: 'deployments', count: 3 }])
  expect(text).toContain('apiserver_resource_objects{group="apps",resource="deployments"} 3\n')
  expect(text).toContain('apiserver_storage_objects{resource="deployments.apps"} 3\n')
  expect(text).toMatch(/^# TYPE apiserver_resource_objects gauge$/m)
})
