// Virtual servers as commands: what `ipvsadm -S -n` prints and `ipvsadm -R` reads, one `-A` line a virtual server and one `-a` line a
// real one. Source: ipvsadm 1.31 (FMT_RULE). Forwarding other than masquerading is refused by name: kube-proxy uses no other.

import { PodwireError } from '@podwire/engine'
import { canonicalAddress, hostPort } from '../addresses/ip.ts'
import {
  keyOf,
  SCHEDULERS,
  type Scheduler,
  type SchedulerFlag,
  type ServerAddress,
  type VirtualServerSpec,
} from './virtual-server.ts'

type Protocol = VirtualServerSpec['protocol']

/** The address part of a command. */
export type ServiceAddress = Pick<VirtualServerSpec, 'protocol' | 'address' | 'port'>

const OPTIONS: Readonly<Record<Protocol, string>> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' }
const FLAGS: readonly SchedulerFlag[] = ['sh-fallback', 'sh-port', 'mh-fallback', 'mh-port']

export function ipvsadmSave(specs: readonly VirtualServerSpec[]): string {
  return specs.map(saveOne).join('')
}

function saveOne(spec: VirtualServerSpec): string {
  const service = `${OPTIONS[spec.protocol]} ${hostPort(spec.address, spec.port)}`
  const persistent = spec.persistentSeconds === undefined ? '' : ` -p ${spec.persistentSeconds}`
  const flags = spec.flags.length === 0 ? '' : ` -b ${spec.flags.join(',')}`
  const servers = spec.servers.map(({ text, weight = 1 }) => `-a ${service} -r ${text} -m -w ${weight}\n`)
  return `-A ${service} -s ${spec.scheduler}${persistent}${flags}\n${servers.join('')}`
}

/** @throws PodwireError naming the line of what cannot be read */
export function parseIpvsadmSave(text: string): readonly VirtualServerSpec[] {
  const specs = new Map<string, VirtualServerSpec & { readonly servers: ServerAddress[] }>()
  text.split('\n').forEach((content, i) => {
    const line = content.trim()
    if (line === '' || line.startsWith('#')) return
    const command = parseIpvsadm(line.split(/\s+/))
    if ('problem' in command) throw readError(i + 1, command.problem)
    if (command.kind === 'add-service') specs.set(keyOf(command.spec), { ...command.spec, servers: [] })
    else if (command.kind === 'add-server') {
      const spec = specs.get(keyOf(command.service))
      if (spec === undefined) throw readError(i + 1, 'there is no virtual server of that address above')
      spec.servers.push(command.server)
    } else throw readError(i + 1, 'only -A and -a stand in a saved table')
  })
  return [...specs.values()]
}

function readError(line: number, why: string): PodwireError {
  return new PodwireError('read an ipvsadm table', `line ${line}: ${why}`)
}

/** One ipvsadm command line that changes or saves the table. Listing has options of its own. */
export type IpvsadmCommand =
  | { readonly kind: 'add-service' | 'edit-service'; readonly spec: VirtualServerSpec }
  | { readonly kind: 'delete-service'; readonly service: ServiceAddress }
  | { readonly kind: 'zero'; readonly service: ServiceAddress | undefined }
  | { readonly kind: 'add-server' | 'edit-server'; readonly service: ServiceAddress; readonly server: ServerAddress }
  | { readonly kind: 'delete-server'; readonly service: ServiceAddress; readonly server: ServerAddress }
  | { readonly kind: 'clear' | 'restore' | 'save' }
  | { readonly kind: 'set'; readonly seconds: readonly [tcp: number, tcpFin: number, udp: number] }
  | ListCommand

export interface ListCommand {
  readonly kind: 'list'
  readonly service: ServiceAddress | undefined
  readonly show: 'servers' | 'connections' | 'stats' | 'rate' | 'thresholds' | 'persistent' | 'timeout' | 'daemon'
  readonly exact: boolean
}

const COMMANDS: ReadonlyMap<string, IpvsadmCommand['kind']> = new Map([
  ['-A', 'add-service'],
  ['--add-service', 'add-service'],
  ['-E', 'edit-service'],
  ['--edit-service', 'edit-service'],
  ['-D', 'delete-service'],
  ['--delete-service', 'delete-service'],
  ['-C', 'clear'],
  ['--clear', 'clear'],
  ['-R', 'restore'],
  ['--restore', 'restore'],
  ['-S', 'save'],
  ['--save', 'save'],
  ['-a', 'add-server'],
  ['--add-server', 'add-server'],
  ['-e', 'edit-server'],
  ['--edit-server', 'edit-server'],
  ['-d', 'delete-server'],
  ['--delete-server', 'delete-server'],
  ['-L', 'list'],
  ['-l', 'list'],
  ['--list', 'list'],
  ['-Z', 'zero'],
  ['--zero', 'zero'],
  ['--set', 'set'],
])

const SHOWS: ReadonlyMap<string, ListCommand['show']> = new Map([
  ['-c', 'connections'],
  ['--connection', 'connections'],
  ['--stats', 'stats'],
  ['--rate', 'rate'],
  ['--thresholds', 'thresholds'],
  ['--persistent-conn', 'persistent'],
  ['--timeout', 'timeout'],
  ['--daemon', 'daemon'],
])

const SERVICES: ReadonlyMap<string, Protocol> = new Map([
  ['-t', 'tcp'],
  ['--tcp-service', 'tcp'],
  ['-u', 'udp'],
  ['--udp-service', 'udp'],
  ['--sctp-service', 'sctp'],
])

const NOT_SIMULATED = new Set([
  '-f',
  '--fwmark-service',
  '-g',
  '--gatewaying',
  '-i',
  '--ipip',
  '-x',
  '-y',
  '-M',
  '--pe',
  '-o',
  '--ops',
])

interface Draft {
  kind: IpvsadmCommand['kind'] | undefined
  service: ServiceAddress | undefined
  server: string | undefined
  weight: number
  masquerades: boolean
  scheduler: Scheduler
  flags: readonly SchedulerFlag[]
  persistentSeconds: number | undefined
  show: ListCommand['show']
  exact: boolean
  numbers: number[]
}

/** @returns what is wrong, in ipvsadm's words where it has them */
export function parseIpvsadm(argv: readonly string[]): IpvsadmCommand | { readonly problem: string } {
  const draft: Draft = {
    kind: undefined,
    service: undefined,
    server: undefined,
    weight: 1,
    masquerades: false,
    scheduler: 'wlc',
    flags: [],
    persistentSeconds: undefined,
    show: 'servers',
    exact: false,
    numbers: [],
  }
  const words = argv.flatMap(splitBundle)
  for (let i = 0; i < words.length; i++) {
    const used = readOption(draft, words[i] ?? '', words[i + 1])
    if (typeof used === 'string') return { problem: used }
    i += used
  }
  return commandOf(draft)
}

/** `-Ln` is `-L -n`; `-t10.0.0.1:80` nobody writes. */
function splitBundle(word: string): readonly string[] {
  return /^-[A-Za-z]{2,}$/.test(word) ? [...word.slice(1)].map((letter) => `-${letter}`) : [word]
}

/** @returns how many more words it took, or what is wrong */
function readOption(draft: Draft, word: string, value: string | undefined): number | string {
  const kind = COMMANDS.get(word)
  const show = SHOWS.get(word)
  const protocol = SERVICES.get(word)
  if (kind !== undefined) {
    if (draft.kind !== undefined) return 'multiple commands specified'
    draft.kind = kind
    return 0
  }
  if (show !== undefined) {
    draft.show = show
    return 0
  }
  if (protocol !== undefined) {
    const service = serviceAt(protocol, value ?? '')
    if (service === undefined) return `illegal virtual server address/port specified`
    draft.service = service
    return 1
  }
  if (NOT_SIMULATED.has(word)) return `${word} is not simulated: podwire's ipvs masquerades, by address and port`
  switch (word) {
    case '-n':
    case '--numeric':
    case '--sort':
    case '--nosort':
      return 0
    case '--exact':
      draft.exact = true
      return 0
    case '-m':
    case '--masquerading':
      draft.masquerades = true
      return 0
    case '-r':
    case '--real-server':
      draft.server = value
      return 1
    default:
      return readValue(draft, word, value)
  }
}

function readValue(draft: Draft, word: string, value: string | undefined): number | string {
  const number = value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
  switch (word) {
    case '-w':
    case '--weight':
      if (number === undefined || number > 65_535) return `illegal weight specified`
      draft.weight = number
      return 1
    case '-s':
    case '--scheduler': {
      const scheduler = SCHEDULERS.find((known) => known === value)
      if (scheduler === undefined)
        return `scheduler ${value ?? ''} is not simulated: use one of ${SCHEDULERS.join(', ')}`
      draft.scheduler = scheduler
      return 1
    }
    case '-p':
    case '--persistent':
      draft.persistentSeconds = number ?? 300
      return number === undefined ? 0 : 1
    case '-b':
    case '--sched-flags': {
      const names = (value ?? '').split(',')
      draft.flags = FLAGS.filter((flag) => names.includes(flag))
      return draft.flags.length === names.length ? 1 : `invalid scheduler flag \`${value ?? ''}'`
    }
    default:
      if (draft.kind !== 'set' || !/^\d+$/.test(word)) return `${word}: unknown option`
      draft.numbers.push(Number(word))
      return 0
  }
}

function serviceAt(protocol: Protocol, text: string): ServiceAddress | undefined {
  const match = /^\[?(.+?)\]?(?::(\d+))?$/.exec(text)
  const address = canonicalAddress(match?.[1] ?? '')
  const port = Number(match?.[2] ?? 0)
  return address === undefined || port > 65_535 ? undefined : { protocol, address, port }
}

function commandOf(draft: Draft): IpvsadmCommand | { readonly problem: string } {
  const { kind = 'list', service } = draft
  if (kind === 'list') return { kind, service, show: draft.show, exact: draft.exact }
  if (kind === 'clear' || kind === 'restore' || kind === 'save') return { kind }
  if (kind === 'zero') return { kind, service }
  if (kind === 'set') {
    const [tcp, tcpFin, udp] = draft.numbers
    if (tcp === undefined || tcpFin === undefined || udp === undefined)
      return { problem: '--set option requires 3 timeout values' }
    return { kind, seconds: [tcp, tcpFin, udp] }
  }
  if (service === undefined)
    return { problem: `You need to supply the 'service-address' option for the '${kind}' command` }
  if (kind === 'delete-service') return { kind, service }
  if (kind === 'add-service' || kind === 'edit-service') {
    if (service.port === 0 && draft.persistentSeconds === undefined)
      return { problem: 'Zero port specified for non-persistent service' }
    const { scheduler, flags, persistentSeconds } = draft
    return { kind, spec: { ...service, scheduler, flags, persistentSeconds, servers: [] } }
  }
  const server = serviceAt(service.protocol, draft.server ?? '')
  if (server === undefined) return { problem: 'illegal real server address/port specified' }
  if (!draft.masquerades && kind === 'add-server')
    return { problem: 'forwarding without -m is not simulated: podwire masquerades' }
  const { address } = server
  const port = server.port === 0 ? service.port : server.port
  return { kind, service, server: { text: hostPort(address, port), address, port, weight: draft.weight } }
}
