import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configMaps, pods } from '@podwire/apiserver'
import { afterAll, describe, expect, test } from 'vitest'
import { createCluster, fetchImage, loadCluster, type Cluster } from '@podwire/sim'

const folder = mkdtempSync(join(tmpdir(), 'podwire-save-'))
afterAll(() => rmSync(folder, { recursive: true }))

const app = fetchImage('team/app', (_request, { random }) => new Response(String(random.integer(1, 1000))), {
  port: 80,
})
const late = fetchImage('team/late', () => new Response('late'), { port: 80 })
const pod = (name: string, image: string): string =>
  `{ apiVersion: v1, kind: Pod, metadata: { name: ${name} }, spec: { containers: [{ name: main, image: ${image} }] } }`

/** A cluster that was given inputs of every sort. */
async function usedCluster(): Promise<Cluster> {
  const cluster = await createCluster({ nodes: [{ zone: 'a' }, { zone: 'b' }], ingress: false, seed: 9, images: [app] })
  await cluster.apply([pod('app', 'team/app'), 'examples/paths.yaml'])
  cluster.images.registerFetch('team/late', () => new Response('late'), { port: 80 })
  await cluster.apply(pod('late', 'team/late'))
  await cluster.settle()
  const node = cluster.node('node-1')
  await node.fetch(`http://${cluster.pod('app').ip ?? ''}/`, { method: 'POST', body: new Uint8Array([0, 255, 7]) })
  cluster.client.modify(pods, { namespace: 'default', name: 'app' }, (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, $odd: 'name', seen: 'yes' }
    delete draft.metadata.labels['$odd']
  })
  const load = await cluster.pod('app').startLoad(`http://${cluster.pod('late').ip ?? ''}/`, { everyMs: 500 })
  await cluster.advance('2s')
  await load.stop()
  cluster.addNode({ labels: { disk: 'ssd' } }).cordon()
  await cluster.settle()
  return cluster
}

async function savedFile(): Promise<{ readonly path: string; readonly hash: string; readonly text: string }> {
  await using cluster = await usedCluster()
  const path = join(folder, 'saved.json')
  await cluster.save(path)
  return { path, hash: cluster.traceHash, text: readFileSync(path, 'utf8') }
}

const saved = await savedFile()

describe('save and load', () => {
  test('a loaded cluster is the saved one, and can be saved and forked again', async () => {
    await using cluster = await loadCluster(saved.path, { images: [app, late] })
    expect(cluster.traceHash).toBe(saved.hash)
    expect(cluster.pod('app').object.metadata.labels).toMatchObject({ seen: 'yes' })
    expect(cluster.node('node-3').object.spec.unschedulable).toBe(true)
    await using fork = await cluster.fork().ready()
    expect(fork.traceHash).toBe(saved.hash)
    const again = join(folder, 'again.json')
    await cluster.save(again)
    expect(readFileSync(again, 'utf8')).toBe(saved.text)
  })

  test('a file is whole or not there: nothing is left beside it, and one that cannot be written is refused', async () => {
    await using cluster = await createCluster({ nodes: 1, ingress: false })
    const file = join(folder, 'one.json')
    writeFileSync(file, 'what stood here before')
    await cluster.save(file)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ format: 'podwire-cluster', version: 1 })
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([])
    await expect(cluster.save(join(folder, 'nowhere', 'one.json'))).rejects.toThrow(
      /^Failed to save the cluster to .*one\.json: its folder is not there\. Choose a file in a folder you may write to\.$/,
    )
  })

  test('a link stays a link, a mode stays, two at a time do not meet, and what is no file is written to as it is', async () => {
    await using cluster = await createCluster({ nodes: 1, ingress: false })
    const [file, link] = [join(folder, 'kept.json'), join(folder, 'link.json')]
    writeFileSync(file, 'before')
    chmodSync(file, 0o640)
    symlinkSync('kept.json', link)
    await Promise.all([cluster.save(link), cluster.save(link)])
    expect([lstatSync(link).isSymbolicLink(), statSync(file).mode & 0o777]).toEqual([true, 0o640])
    expect(readFileSync(file, 'utf8')).toContain('podwire-cluster')
    await cluster.save('/dev/null')
    expect(statSync('/dev/null').isFile()).toBe(false)
  })

  test.each<readonly [name: string, text: (whole: string) => string, message: RegExp]>([
    ['without its version', (whole) => whole.replace('version', 'vErsion'), /it is damaged: it has no version/],
    [
      'truncated',
      (whole) => whole.slice(0, whole.length / 2),
      /it is damaged: it ends in the middle, after \d+ characters\. Save the cluster again/,
    ],
    ['empty', () => '', /it is no saved cluster\. cluster\.save\(\) writes such files/],
    ['another file', () => 'apiVersion: v1\nkind: Pod\n', /it is no saved cluster/],
    ['other JSON', () => '{"kind":"Pod"}', /it is no saved cluster/],
    [
      'one character changed',
      (whole) => whole.replace('"seed":9', '"seed":8'),
      /it is damaged: its checksum is not that of its content/,
    ],
    ['broken inside', (whole) => whole.replace('"inputs":[', '"inputs":'), /it is damaged \(/],
    [
      'of a later version',
      (whole) => whole.replace('"version":1', '"version":2'),
      /it has version 2 of the format, and this podwire reads version 1\. Use the podwire that saved it/,
    ],
  ])('%s: refused', async (_name, text, message) => {
    const path = join(folder, 'damaged.json')
    writeFileSync(path, text(saved.text))
    const loading = loadCluster(path, { images: [app, late] })
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toThrow(`Failed to load ${path}: `)
  })

  test('a file that is not there, and images that are not given, are refused by name', async () => {
    await expect(loadCluster(join(folder, 'none.json'))).rejects.toThrow(
      /none\.json: there is no such file\. Give the path of a file/,
    )
    await expect(loadCluster(saved.path, { images: [app] })).rejects.toThrow(
      'it needs the image team/late, and programs are not saved. Give them: loadCluster(file, { images: [fetchImage(…)] }).',
    )
  })

  test('another program than the saved one is found out', async () => {
    const other = fetchImage('team/app', () => new Response('other'), { port: 81 })
    await expect(loadCluster(saved.path, { images: [other, late] })).rejects.toThrow(
      /^Failed to run the cluster up to its moment again: (before input|at the end)/,
    )
  })

  test('what no file can hold is refused by name', async () => {
    await using cluster = await createCluster({ nodes: 1, ingress: false })
    const patch = { data: () => '' }
    expect(() => cluster.client.patch(configMaps, { namespace: 'default', name: 'x' }, 'merge', patch)).toThrow(
      'not found',
    )
    await expect(cluster.save(join(folder, 'function.json'))).rejects.toThrow(
      'Failed to save the cluster: input 2 (cluster.client.patch), argument 4,.data is a function, which no file can hold.',
    )
  })
})
