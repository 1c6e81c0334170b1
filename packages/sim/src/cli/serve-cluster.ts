// Serves a booted cluster in real time behind loopback doors until Ctrl-C: the API server, exposed Services, DNS. With a recording, all that
// comes in from outside passes the recorder on its way.

import { randomBytes } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import { loadHttpDoor, type HttpServer, type ServerCertificates } from '@podwire/apiserver'
import { macrotask, PacedDriver, RealTimeDriver, type Driver } from '@podwire/engine'
import type { HostDoors } from '../doors/host-doors.ts'
import { startRecording, type LiveRecording } from '../recording/live-recording.ts'
import type { RecordingWriter } from '../recording/recording-file.ts'
import { readTextFile } from '../document/file-problem.ts'
import { Cluster } from '../sdk/cluster.ts'
import type { Composition } from '../sdk/composition.ts'
import { controlRoutes } from './control-routes.ts'
import { makeFolder, reportTaskError, tryDoors, untilSignal } from './serving.ts'
import { printWelcome } from './welcome.ts'

export interface ServeOptions {
  readonly kubeconfig: string
  readonly apiPort: number
  readonly dnsPort: number
  readonly socksPort?: number
  readonly speed: number
  readonly bare?: boolean
  readonly outerNginx?: string
}

/** How clients know the server, and the server them. */
export interface Access {
  readonly door: Awaited<ReturnType<typeof loadHttpDoor>>
  readonly certificates: ServerCertificates
  readonly token: string
}

export async function newAccess(token: string | undefined): Promise<Access> {
  const door = await loadHttpDoor()
  const certificates = await door.createServerCertificates({ nowMs: Date.now(), randomBytes })
  return { door, certificates, token: token ?? door.createToken(randomBytes) }
}

export async function serveCluster(
  composition: Composition,
  access: Access,
  options: ServeOptions,
  writer?: RecordingWriter,
): Promise<number> {
  const settings = { speed: options.speed, onError: reportTaskError }
  const paced = writer === undefined ? undefined : new PacedDriver(composition.engine, settings)
  await using driver = paced ?? disposable(new RealTimeDriver(composition.engine, settings))
  await using cluster = new Cluster(composition, driver)
  const { server, recording } = await openServer(cluster, access, options, driver, paced && writer && { paced, writer })
  const stopListening = refuseInOutages(composition, server)
  let doors: HostDoors | undefined
  try {
    const kubeconfig = resolve(options.kubeconfig)
    makeFolder(dirname(kubeconfig))
    const { door, certificates, token } = access
    await door.writeKubeconfig(kubeconfig, { server: server.url, authority: certificates.authority, token })
    if (options.outerNginx !== undefined) await startNginx(cluster, options.outerNginx, recording)
    doors = options.bare === true ? undefined : await openDoors(cluster, driver, options, recording)
    // Who reads the ready line may end us at once.
    const signalled = untilSignal()
    printWelcome(process.stdout, cluster, { server: server.url, kubeconfig, doors, recording: writer?.file })
    await signalled
    process.stdout.write('\nstopping …\n')
    return 0
  } finally {
    stopListening()
    await Promise.all([server.close(), doors?.close()])
    await paced?.[Symbol.asyncDispose]()
    recording?.close()
  }
}

interface Recorded {
  readonly paced: PacedDriver
  readonly writer: RecordingWriter
}

/** The API server; recorded time begins when it is there. */
async function openServer(
  cluster: Cluster,
  { door, certificates, token }: Access,
  { apiPort }: ServeOptions,
  driver: Driver,
  recorded: Recorded | undefined,
): Promise<{ readonly server: HttpServer; readonly recording: LiveRecording | undefined }> {
  const { engine, server: apiServer, version, nodeConnection } = cluster.composition
  const routes = controlRoutes(cluster, async ({ user, groups, namespace }) => {
    const client = await certificates.signClient({ user, groups, nowMs: Date.now() })
    const place = namespace === undefined ? {} : { namespace }
    return door.kubeconfigText({ server: server.url, authority: certificates.authority, client, ...place })
  })
  const recording =
    recorded === undefined ? undefined : startRecording(cluster, recorded.paced, recorded.writer, routes)
  const server = await door.startHttpServer({
    engine,
    driver,
    handler: apiServer.requestHandler,
    resources: () => apiServer.registry.all(),
    kubernetesVersion: version.text,
    token,
    nodes: () => recording?.nodes ?? nodeConnection,
    tls: certificates,
    port: apiPort,
    extensions: recording?.extensions ?? routes,
    ...(recording === undefined ? {} : { inTurn: recording.inTurn }),
  })
  recorded?.paced.start()
  return { server, recording }
}

function disposable(driver: RealTimeDriver): Driver & AsyncDisposable {
  return Object.assign(driver, {
    [Symbol.asyncDispose]: () => {
      driver[Symbol.dispose]()
      return Promise.resolve()
    },
  })
}

function openDoors(
  cluster: Cluster,
  driver: Driver,
  { dnsPort, socksPort }: ServeOptions,
  recording: LiveRecording | undefined,
): Promise<HostDoors | undefined> {
  return tryDoors(cluster, driver, {
    dnsPort,
    ...(socksPort === undefined ? {} : { socksPort }),
    ...(recording === undefined ? {} : { recorded: recording.doors }),
  })
}

/** While the API server is down (a fault) nobody listens on its port. */
function refuseInOutages(composition: Composition, server: HttpServer): () => void {
  let last = Promise.resolve()
  return composition.connections.onOutage((down) => {
    last = last
      // Whoever began it through this door hears of it first.
      .then(macrotask)
      .then(macrotask)
      .then(() => server.refuse(down))
      .catch(reportTaskError)
  })
}

/** On the host outside, which `podwire exec external` and the pods reach at the nodes' gateway. */
async function startNginx(cluster: Cluster, file: string, recording: LiveRecording | undefined): Promise<void> {
  const text = readTextFile(file, `start nginx with ${file}`, 'Name the nginx configuration to run.')
  if (recording === undefined) await cluster.external.nginx(text, { file })
  else await recording.nginx(text, file)
}
