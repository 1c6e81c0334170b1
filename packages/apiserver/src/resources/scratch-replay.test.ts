import { test } from 'vitest'
import { readFileSync, writeFileSync } from 'node:fs'
import { Engine } from '@podwire/engine'
import { createApiServer } from '../server.ts'
import { decodeBody } from '../decode/index.ts'
import { namespaces, serviceAccounts, services } from './served-types.ts'

const files = (process.env['REC'] ?? 'service-validation-ports').split(',')
const strip = (v: any, k = ''): any => {
  if (Array.isArray(v)) return v.map((x) => strip(x, k))
  if (v && typeof v === 'object') {
    const o: any = {}
    for (const key of Object.keys(v).sort()) {
      if (key === 'managedFields') continue
      if (v[key] === undefined) continue
      o[key] = strip(v[key], key)
    }
    return o
  }
  if (k === 'uid') return '<uid>'
  if (k === 'resourceVersion') return '<rv>'
  if (/Timestamp|lastTransitionTime$/.test(k) && v) return '<time>'
  if (typeof v === 'string') return v.replace(/kube-api-access-[a-z0-9<>]+/g, 'kube-api-access-<rand>')
  return v
}
test('replay', () => {
  let ok = 0
  let bad = 0
  const out: string[] = []
  for (const file of files) {
    let fok = 0,
      fbad = 0
    const scenario = JSON.parse(readFileSync(`/work/shared/reference/api/${file}.json`, 'utf8'))
    const engine = new Engine()
    const server = createApiServer({ engine })
    const ns = 'ref-abcde'
    for (const n of ['default', 'kube-system', ns]) {
      server.client.create(namespaces, { metadata: { name: n } } as any)
      server.client.create(serviceAccounts, { metadata: { name: 'default', namespace: n } } as any)
    }
    server.client.create(services, {
      metadata: { name: 'kubernetes', namespace: 'default' },
      spec: { clusterIP: '10.96.0.1', ports: [{ port: 443, name: 'https' }] },
    } as any)
    const vars: [string, any][] = []
    for (const step of scenario.steps) {
      if (!step.expect || step.as || step.watch) continue
      const sub = (s: string) => {
        let r = s.replaceAll('$NS', ns)
        for (const [k, v] of vars)
          r =
            typeof v === 'number'
              ? r.replaceAll(`"$${k}"`, String(v)).replaceAll(`$${k}`, String(v))
              : r.replaceAll(`$${k}`, String(v))
        return r
      }
      const url = new URL(sub(step.path), 'http://x')
      const m =
        /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))(?:\/namespaces\/([^/]+)(?=\/.))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
          url.pathname,
        )
      if (!m) {
        continue
      }
      const resource = server.registry.byGroupVersionResource(m[2] ?? '', m[1] ?? m[3]!, m[5]!)
      if (!resource) {
        continue
      }
      const verb: any = {
        GET: m[6] ? 'get' : 'list',
        POST: 'create',
        PUT: 'update',
        PATCH: 'patch',
        DELETE: m[6] ? 'delete' : 'deletecollection',
      }[step.method as string]
      const warnings: string[] = []
      let got: any
      try {
        let text =
          step.text !== undefined ? sub(step.text) : step.body != null ? sub(JSON.stringify(step.body)) : undefined
        const contentType = (
          step.headers?.['content-type'] ??
          (verb === 'patch'
            ? Array.isArray(step.body)
              ? 'application/json-patch+json'
              : 'application/strategic-merge-patch+json'
            : 'application/json')
        ).split(';')[0]
        if ((verb === 'create' || verb === 'update') && text !== undefined && !(m[7] && m[7] !== 'status')) {
          const decoded = decodeBody(
            { contentType, bytes: Buffer.from(text) },
            { ...resource.type, schema: resource.schema },
            {
              fieldValidation: (url.searchParams.get('fieldValidation') ?? 'Warn') as any,
              warn: (t) => warnings.push(t),
              findSchemaName: (g, v, k) => server.registry.byKind(g, v, k)?.schema,
            },
          )
          text = JSON.stringify(decoded)
        }
        const response: any = server.requestHandler.handle({
          verb,
          resource,
          ...(m[4] ? { namespace: m[4] } : {}),
          ...(m[6] ? { name: m[6] } : {}),
          ...(m[7] ? { subresource: m[7] } : {}),
          query: url.searchParams,
          user: { name: 'admin', groups: ['system:masters'] },
          userAgent: 'replay',
          warn: (t: string) => warnings.push(t),
          ...(text === undefined
            ? {}
            : { body: { contentType: verb === 'patch' ? contentType : 'application/json', bytes: Buffer.from(text) } }),
        } as any)
        got =
          response.type === 'object'
            ? { status: response.code, body: response.object }
            : response.type === 'status'
              ? { status: response.code, body: response.status }
              : { status: 200, body: null }
      } catch (e: any) {
        got = e.status ? { status: e.status.code, body: e.status } : { status: 'CRASH ' + e.stack }
      }
      for (const [k, path] of Object.entries(step.capture ?? {})) {
        let v: any = got
        for (const part of (path as string).replace(/\[(\d+)\]/g, '.$1').split('.')) v = v?.[part]
        vars.push([k, v])
        vars.sort((x, y) => y[0].length - x[0].length)
      }
      if (verb === 'list') continue
      if ((step.headers?.accept ?? '').includes('as=')) continue
      const exp: any = JSON.parse(sub(JSON.stringify(step.expect)))
      const e: any = {
        status: exp.status,
        body: strip(exp.body),
        w: (exp.warnings ?? []).map((x: string) =>
          x
            .replace(/^299 - "/, '')
            .replace(/"$/, '')
            .replace(/\\"/g, '"')
            .replace(/\\\\/g, '\\'),
        ),
      }
      const g: any = { status: got.status, body: strip(got.body), w: [...new Set(warnings)] }
      if (step.compare && !step.compare.some((c: string) => c === 'warnings')) {
        e.w = []
        g.w = []
      }
      const a = JSON.stringify(e).replace(/10\.96\.[0-9.]+|"<clusterIP>"/g, 'IP')
      // masks
      const diffs: string[] = []
      const walk = (x: any, y: any, p: string) => {
        if (x === '<clusterIP>' || x === '<nodePort>' || x === '<uid>' || x === '<rv>' || x === '<time>') return
        if (typeof x === 'string' && /<(clusterIP|nodePort|uid|rv|time|rand)>/.test(x) && typeof y === 'string') return
        if (x && y && typeof x === 'object' && typeof y === 'object') {
          for (const k of new Set([...Object.keys(x), ...Object.keys(y)])) walk(x[k], y[k], p + '.' + k)
          return
        }
        if (x !== y)
          diffs.push(
            `     ${p}: want ${JSON.stringify(x)?.slice(0, 700)}\n${' '.repeat(5 + p.length + 1)}  got ${JSON.stringify(y)?.slice(0, 700)}`,
          )
      }
      walk(e, g, '')
      void a
      if (diffs.length) {
        bad++
        fbad++
        out.push(`- ${file} / ${step.name} (${step.method} ${step.path})\n${diffs.slice(0, 6).join('\n')}`)
      } else {
        ok++
        fok++
      }
    }
    console.log(file, fok, 'ok', fbad, 'bad')
  }
  console.log(ok, 'ok', bad, 'bad')
  writeFileSync('/tmp/replay-out.txt', out.join('\n'))
})
