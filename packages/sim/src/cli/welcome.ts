// What `podwire up` prints when it serves: where everything is, and what to try first.

import { nodes, services, type Client, type Service } from '@podwire/apiserver'
import { HOST_ADDRESS_ANNOTATION } from '../doors/service-doors.ts'
import type { HostDoors } from '../doors/host-doors.ts'
import type { Cluster } from '../sdk/cluster.ts'
import type { Language } from '../check/bilingual.ts'
import { LAB_SENTENCES, LAB_WORDS } from '../lab/lab-words.ts'
import { formatTable } from './table.ts'

export interface WelcomeFacts {
  readonly server: string
  readonly kubeconfig: string
  readonly doors: HostDoors | undefined
  /** The file everything from outside is written to. */
  readonly recording?: string | undefined
}

export function printWelcome(out: { write(text: string): unknown }, cluster: Cluster, facts: WelcomeFacts): void {
  for (const table of reachTables(cluster)) out.write(`${table}\n`)
  const serviceRows = exposedServices(cluster.client, 'en')
  for (const line of hints(facts, serviceRows[0]?.[2])) out.write(`${line}\n`)
  if (facts.recording !== undefined) out.write(`\nrecording to ${facts.recording}: podwire replay ${facts.recording}\n`)
  out.write(`\nready ${facts.server} kubeconfig ${facts.kubeconfig}\n`)
}

/** Where nodes and exposed Services are reached on this machine, as tables; none where there is nothing to reach. */
export function reachTables({ client }: Cluster, language: Language = 'en'): readonly string[] {
  const nodeRows = client
    .list(nodes)
    .items.map((node) => [
      node.metadata.name,
      node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
      node.metadata.annotations?.[HOST_ADDRESS_ANNOTATION] ?? '',
    ])
  const serviceRows = exposedServices(client, language)
  const head = (...words: readonly (keyof typeof LAB_WORDS)[]): readonly string[] =>
    words.map((word) => LAB_WORDS[word][language])
  return [
    ...(nodeRows.length === 0 ? [] : [formatTable(head('node', 'address', 'here'), nodeRows)]),
    ...(serviceRows.length === 0 ? [] : [formatTable(head('service', 'ports', 'here'), serviceRows)]),
  ]
}

function exposedServices(client: Client, language: Language): readonly (readonly string[])[] {
  return client.list(services).items.flatMap((service) => exposedRow(service, language))
}

function exposedRow(service: Service, language: Language): readonly (readonly string[])[] {
  const address = service.metadata.annotations?.[HOST_ADDRESS_ANNOTATION]
  if (address === undefined) return []
  const ports = (service.spec.ports ?? []).map(
    ({ port, nodePort, protocol }) => `${port}:${nodePort ?? ''}/${protocol ?? 'TCP'}`,
  )
  const [first = '', ...more] = address.split(',')
  const rest = more.length === 0 ? '' : LAB_SENTENCES.more(more.length)[language]
  return [[`${service.metadata.namespace ?? ''}/${service.metadata.name}`, ports.join(','), `http://${first}/${rest}`]]
}

function hints(facts: WelcomeFacts, exposed: string | undefined): readonly string[] {
  const url = exposed?.split(' ')[0]
  const { dns, socks } = facts.doors ?? {}
  return [
    'Try, in another terminal:',
    `  export KUBECONFIG=${facts.kubeconfig}`,
    '  kubectl get pods -A -o wide',
    ...(url === undefined ? [] : [`  curl ${url}`]),
    ...(dns === undefined ? [] : [`  dig @${dns.address} -p ${dns.port} kubernetes.default.svc.cluster.local`]),
    ...(socks === undefined
      ? []
      : [`  curl --socks5-hostname ${socks.address}:${socks.port} http://SERVICE.NAMESPACE/`]),
    ...(facts.doors === undefined ? [] : ['  npx podwire exec node/node-1 -- iptables-save -t nat']),
  ]
}
