// What can be called on a cluster and on what it gives, and which of it are inputs: calls that change the run. Everything else only
// looks. The journal is as complete as this table, so a test goes through the public members of each class and fails for one
// that is not here.

import type { ManifestSource } from '../sdk/manifests.ts'
import { readManifests } from '../sdk/manifests.ts'
import { Becomes } from './input-data.ts'

export type Kind =
  'cluster' | 'host' | 'node' | 'pod' | 'client' | 'internet' | 'images' | 'load' | 'faults' | 'fault' | 'nginx'

export interface InputMember {
  readonly is: 'input'
  /**
   * `promise`: time may move before it comes. `nothing`: a fork that has not run yet takes it and gives it when it runs.
   * `value`: the caller wants an answer at once.
   */
  readonly returns: 'promise' | 'nothing' | 'value'
  /** What it gives is something to call again. */
  readonly gives?: Kind
  /** What is called with, and what is kept of it; default both are what was given. */
  readonly prepare?: (args: readonly unknown[]) => {
    readonly call: readonly unknown[]
    readonly keep: readonly unknown[]
  }
}

export type Member =
  | InputMember
  /** It only looks. */
  | { readonly is: 'read' }
  /** The way to something else that can be called. */
  | { readonly is: 'way'; readonly kind: Kind | ((first: unknown) => Kind) }
  /** A property that can be set. */
  | { readonly is: 'setting' }
  /** Many of a kind, each found again by a call of its own. */
  | { readonly is: 'list'; readonly kind: Kind; readonly call: string; readonly argument: (item: object) => string }
  /** Of the cluster's life and times: `timeline.ts` does it. */
  | { readonly is: 'travel' }
  /** It works, and what comes of it is in no journal: the cluster can be neither forked nor saved after it. */
  | { readonly is: 'untold' }

type Members = Readonly<Record<string, Member>>

const READ: Member = { is: 'read' }
const MOVES: InputMember = { is: 'input', returns: 'promise' }
const TELLS: InputMember = { is: 'input', returns: 'nothing' }
const ASKS: InputMember = { is: 'input', returns: 'value' }

const reads = (...names: readonly string[]): Members => Object.fromEntries(names.map((name) => [name, READ]))
const inputs = (member: InputMember, ...names: readonly string[]): Members =>
  Object.fromEntries(names.map((name) => [name, member]))

/** A path may hold something else tomorrow: what is kept is what stood there. */
const manifests: InputMember = {
  ...MOVES,
  prepare: ([source, ...rest]) => {
    const read = [readManifests(source as ManifestSource), ...rest]
    return { call: read, keep: read }
  },
}

/** What a change makes of an object is kept, not the function that does it. */
const modify: InputMember = {
  ...ASKS,
  prepare: ([type, ref, change, options]) => {
    const becomes = new Becomes()
    const keep = [type, ref, becomes, options]
    return { call: [type, ref, becomes.watching(change as (draft: object) => void), options], keep }
  },
}

const MACHINE: Members = {
  ...inputs(MOVES, 'fetch', 'curl', 'load', 'exec', 'trace', 'lookup'),
  startLoad: { ...MOVES, gives: 'load' },
  ...reads('title', 'seed'),
}

const HOST: Members = {
  ...MACHINE,
  ...inputs(TELLS, 'addHost'),
  nginx: { ...MOVES, gives: 'nginx' },
  ...reads('network', 'readFile'),
}

const FAULTS: readonly string[] = [
  'nodeCrash',
  'nodeFreeze',
  'partition',
  'packetLoss',
  'delay',
  'apiServerDown',
  'watchCut',
  'watchDelay',
  'kubeProxyNotSyncing',
  'coreDnsPodLost',
  'containerCrash',
  'containerHang',
  'failReadiness',
  'failLiveness',
  'failStartup',
]

const placeKind = (place: unknown): Kind =>
  place === 'external' ? 'host' : /^node\/[^/]+$/.test(String(place)) ? 'node' : 'pod'

export const SURFACE: Readonly<Record<Kind, Members>> = {
  cluster: {
    ...inputs(manifests, 'apply', 'delete'),
    ...inputs(MOVES, 'settle', 'advance'),
    ...inputs(TELLS, 'configureProxy'),
    ...reads('composition', 'engine', 'traceHash', 'age', 'trace', 'nodeNames', 'iptablesSave', 'onSettled'),
    addNode: { ...ASKS, gives: 'node' },
    flowTraces: { is: 'setting' },
    external: { is: 'way', kind: 'host' },
    client: { is: 'way', kind: 'client' },
    internet: { is: 'way', kind: 'internet' },
    images: { is: 'way', kind: 'images' },
    faults: { is: 'way', kind: 'faults' },
    kubeConfig: { is: 'untold' },
    pod: { is: 'way', kind: 'pod' },
    pods: { is: 'list', kind: 'pod', call: 'pod', argument: podReference },
    node: { is: 'way', kind: 'node' },
    machine: { is: 'way', kind: placeKind },
    place: { is: 'way', kind: placeKind },
    snapshot: { is: 'travel' },
    fork: { is: 'travel' },
    rewind: { is: 'travel' },
    save: { is: 'travel' },
    ready: { is: 'travel' },
    stop: { is: 'travel' },
  },
  host: HOST,
  node: {
    ...HOST,
    ...inputs(TELLS, 'powerOff', 'powerOn', 'cordon', 'uncordon', 'remove'),
    ...inputs(MOVES, 'drain'),
    ...reads('name', 'object', 'ready', 'isOn'),
  },
  pod: {
    ...MACHINE,
    ...inputs(TELLS, 'delete'),
    ...reads('namespace', 'name', 'object', 'ip', 'node', 'ready', 'logs'),
    container: { is: 'way', kind: 'pod' },
  },
  client: {
    ...inputs(ASKS, 'create', 'update', 'patch', 'delete', 'deleteCollection'),
    modify,
    ...reads('get', 'find', 'list', 'watch'),
  },
  internet: { ...inputs(TELLS, 'host', 'remove'), ...reads('names', 'answer') },
  images: {
    ...inputs(TELLS, 'register', 'registerFetch', 'registerListener', 'registerSocketProgram'),
    ...reads('find'),
  },
  load: inputs(MOVES, 'stop', 'finished'),
  nginx: { ...inputs(TELLS, 'stop'), ...reads('log') },
  faults: {
    ...inputs({ ...ASKS, gives: 'fault' }, ...FAULTS),
    ...inputs(TELLS, 'endAll'),
    fault: { is: 'way', kind: 'fault' },
    active: { is: 'read' },
  },
  fault: { ...inputs(TELLS, 'end'), ...reads('number', 'kind', 'target', 'startedUs', 'active') },
}

function podReference(pod: object): string {
  return `${String(Reflect.get(pod, 'namespace'))}/${String(Reflect.get(pod, 'name'))}`
}
