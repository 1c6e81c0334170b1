import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadHttpDoor, pods, type Pod } from '@podwire/apiserver'
import { PacedDriver } from '@podwire/engine'
import { bootCluster } from '../cli/boot-cluster.ts'
import { controlRoutes } from '../cli/control-routes.ts'
import { openTcpDoor } from '../doors/tcp-door.ts'
import { openUdpDoor } from '../doors/udp-door.ts'
import { Cluster } from '../sdk/cluster.ts'
import { composeCluster } from '../sdk/composition.ts'
import { parseManifests } from '../sdk/manifests.ts'
import { printEvents } from './event-lines.ts'
import { inputText } from './input.ts'
import { startRecording } from './live-recording.ts'
import { checkNewRecording, readRecording, RecordingWriter, type Recording } from './recording-file.ts'
import { replayRecording } from './replay-recording.ts'

const MANIFESTS = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { containers: [{ name: web, image: nginx }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, nodePort: 30080 }] }
`
const TOKEN = 'of-the-administrator'
const FAULT = { kind: 'packetLoss', args: ['0.5', 'node-1', 'external'], options: { for: '2s' } }

let folder: string
let recorded: { readonly recording: Recording; readonly hash: string; readonly said: string }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'podwire-recording-'))
  recorded = await record(join(folder, 'case.rec'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A cluster in real time, twenty times as fast, to which things are done over sockets of the host. */
async function record(file: string): Promise<typeof recorded> {
  const start = {
    options: { nodes: 1, ingress: false, seed: 5 },
    manifests: parseManifests(MANIFESTS, 'the manifests'),
    bootUs: 60_000_000,
  }
  const composition = composeCluster(start.options)
  await bootCluster(composition, start.manifests, start.bootUs)
  const writer = new RecordingWriter(file, start)
  const driver = new PacedDriver(composition.engine, { speed: 20, onError: (error) => expect(error).toBeUndefined() })
  const cluster = new Cluster(composition, driver)
  const recording = startRecording(
    cluster,
    driver,
    writer,
    controlRoutes(cluster, () => Promise.resolve('')),
  )
  const door = await (
    await loadHttpDoor()
  ).startHttpServer({
    engine: composition.engine,
    driver,
    handler: composition.server.requestHandler,
    resources: () => composition.server.registry.all(),
    kubernetesVersion: composition.version.text,
    token: TOKEN,
    nodes: () => recording.nodes,
    extensions: recording.extensions,
    inTurn: recording.inTurn,
  })
  driver.start()
  const ask = (method: string, path: string, body?: object): Promise<string> =>
    send(door.url + path, method, body, TOKEN)
  const from = recording.doors.network(cluster.external.network)
  const target = { from, address: '172.18.0.2', port: 30_080 }
  const doors = await recording.doors.open(18, {
    engine: composition.engine,
    driver,
    client: composition.server.client,
    informers: composition.informers,
    from,
    block: 18,
    onWarning: () => undefined,
    opens: false,
  })
  const tcp = await openTcpDoor(driver, { address: '127.0.0.1', port: 0 }, target)
  const udp = await openUdpDoor(composition.engine, driver, { address: '127.0.0.1', port: 0 }, target)
  const name = '/api/v1/namespaces/default/pods/web'
  const said = [
    await send(`http://127.0.0.1:${tcp.port}/`, 'GET'),
    await ask('POST', '/podwire/v1/fault', FAULT),
    ...(await Promise.all([
      ask('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' }, data: { b: '值' } }),
      ask('POST', '/podwire/v1/exec', { place: 'external', command: ['curl', '-s', 'http://172.18.0.2:30080/'] }),
      send(`http://127.0.0.1:${tcp.port}/gone`, 'GET'),
    ])),
    await ask('GET', `${name}/proxy/`),
    await ask('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'A_B' } }),
    await run(composition.server.client.get(pods, { namespace: 'default', name: 'web' }), recording.nodes),
    await ask('DELETE', name),
  ].join('\n')
  await Promise.all([tcp.close(), udp.close(), doors.close(), door.close()])
  await driver[Symbol.asyncDispose]()
  recording.close()
  const hash = cluster.traceHash
  await cluster.stop()
  return { recording: readRecording(file), hash, said }
}

function send(url: string, method: string, body?: object, token?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'user-agent': 'a test' }
    const known = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` }
    const sent = request(url, { method, headers: known, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** `cat`, which is told something. */
async function run(pod: Pod, nodes: ReturnType<typeof startRecording>['nodes']): Promise<string> {
  let said = ''
  const take = (data: Uint8Array): undefined => void (said += Buffer.from(data).toString('utf8'))
  const command = { container: 'web', command: ['cat'], stdin: true, tty: false }
  const session = nodes.exec(pod, command, { stdout: take, stderr: take })
  void session.write(Buffer.from('typed'))
  session.closeStdin()
  return `${said}${JSON.stringify(await session.result)}${said}`
}

describe('a recording', () => {
  test('holds all that came in, and a run that gets it again is the same run', async () => {
    const { recording, hash, said } = recorded
    for (const text of ['Welcome to nginx', '404', 'packetLoss', '"b":"值"', 'must consist of lower case', 'typed'])
      expect(said).toContain(text)
    const kinds = new Set(recording.entries.map(({ input }) => input?.do))
    for (const kind of ['request', 'control', 'doors', 'connect', 'write', 'proxy', 'exec', 'stdin', 'stdin-end'])
      expect(kinds).toContain(kind)
    expect(recording.damage).toBeUndefined()
    const lines: string[] = []
    const replayed = await replayRecording(recording, {
      onBoot: (cluster) => printEvents(cluster, (line) => lines.push(line)),
    })
    expect([replayed.cluster.traceHash, replayed.untold]).toEqual([hash, undefined])
    expect(lines.join('')).toMatch(/fault\.started {2}number=1 kind=packetLoss/)
    expect(lines.join('')).toMatch(/object\.changed {2}ADDED .*configmaps\/default\/a\n/)
    expect(readFileSync(recording.file, 'utf8')).not.toContain(TOKEN)
  })

  test('stops just before what was given at a time', async () => {
    const { recording } = recorded
    const deleted = recording.entries.find(({ input }) => input !== undefined && inputText(input).startsWith('DELETE'))
    const { cluster, inputs } = await replayRecording(recording, { toUs: deleted?.at ?? 0 })
    expect(cluster.pod('web').object.metadata.deletionTimestamp).toBeUndefined()
    expect(inputs).toBeLessThan(recording.entries.length)
    await expect(replayRecording(recording, { toUs: 1e12 })).rejects.toThrow(/: it ends at 1m/)
    await expect(replayRecording(recording, { toUs: 1 })).rejects.toThrow('the cluster was served from 1m0s on')
  })

  test('is another run when the cluster is another one, and the line is named', async () => {
    const { recording } = recorded
    const other = { ...recording, start: { ...recording.start, options: { ...recording.start.options, seed: 6 } } }
    await expect(replayRecording(other)).rejects.toThrow(
      /in line 2, at 1m\S+ before .*, the trace hash was \w+ and is \w+ now/,
    )
  })

  test('is the same up to what it does not hold', async () => {
    const { recording } = recorded
    const [first, ...rest] = recording.entries
    if (first === undefined) throw new TypeError('it has entries')
    // It may begin in the midst of a moment, which a replay has run to its end.
    const untold = { ...first, hash: 'other', input: { do: 'untold', what: 'TLS' } as const }
    const changed = { ...recording, entries: [untold, ...rest.map((entry) => ({ ...entry, hash: 'other' }))] }
    expect((await replayRecording(changed)).untold).toBe(untold)
  })
})

describe('a recording on disk', () => {
  const damage = (change: (text: string) => string): string => {
    const file = join(folder, 'damaged.rec')
    writeFileSync(file, change(readFileSync(recorded.recording.file, 'utf8')))
    return file
  }

  test.each([
    { name: 'cut off', change: (text: string) => text.slice(0, -9), line: -1, reason: 'the line is cut off' },
    {
      name: 'with a changed letter',
      change: (text: string) => text.replace('configmaps', 'configmapz'),
      line: undefined,
      reason: 'its checksum is not that of its content',
    },
    {
      name: 'with a line left out',
      change: (text: string) => text.split('\n').toSpliced(3, 1).join('\n'),
      line: 4,
      reason: 'its checksum is not that of its content',
    },
  ])('is good up to where it is damaged: $name', async ({ change, line, reason }) => {
    const read = readRecording(damage(change))
    expect(read.damage?.reason).toBe(reason)
    const { length } = recorded.recording.entries
    const at = line === -1 ? length + 1 : (line ?? read.entries.length + 2)
    expect(read.damage?.line).toBe(at)
    expect(read.entries).toEqual(recorded.recording.entries.slice(0, at - 2))
  })

  test.each([
    {
      name: 'another file',
      change: () => 'kind: Pod\n',
      says: 'it is no recording. podwire up --record FILE writes them.',
    },
    {
      name: 'a version nobody knows',
      change: (text: string) => text.replace('"version":1', '"version":2'),
      says: 'it has version 2 of the format, and this podwire reads version 1. Use the podwire that recorded it.',
    },
    {
      name: 'a damaged first line',
      change: (text: string) => text.replace('"seed":5', '"seed":6'),
      says: 'its first line is damaged, which says what the cluster was',
    },
  ])('is refused: $name', ({ change, says }) => {
    expect(() => readRecording(damage(change))).toThrow(says)
  })

  test('is never written over', () => {
    const { file } = recorded.recording
    expect(() => checkNewRecording(file)).toThrow('there is such a file already. Name another file')
    expect(() => new RecordingWriter(join(folder, 'no', 'file'), recorded.recording.start)).toThrow(
      'Choose a file in a folder',
    )
    expect(() => readRecording(join(folder, 'gone'))).toThrow('Give the path of a file that podwire up --record wrote')
  })
})
