// What every call takes that can be made on a cluster and on what it gives: the table beside travel/surface.ts, with the same kinds
// and the same names. A test holds that the two name the same calls.

import type { InternetHost } from '../internet/index.ts'
import type { KubeConfigOptions } from '../sdk/kube-config.ts'
import type { DrainOptions } from '../sdk/node-handle.ts'
import type { Kind } from '../travel/surface.ts'
import { CLIENT_CALLS } from './client-arguments.ts'
import { IMAGE, KUBE_PROXY_FLAGS, NODE_SETTINGS } from './cluster-options.ts'
import { FAULT_CALLS } from './fault-arguments.ts'
import { FETCH_IMAGE, FIND_IMAGE, LISTENER_IMAGE, SOCKET_IMAGE } from './image-options.ts'
import { options } from './options.ts'
import {
  CURL_OPTIONS,
  FETCH_INIT,
  LOAD_OPTIONS,
  NGINX_OPTIONS,
  RUN_OPTIONS,
  START_LOAD_OPTIONS,
  TRACE_OPTIONS,
  url,
} from './request-options.ts'
import {
  address,
  anything,
  duration,
  either,
  flag,
  having,
  listOf,
  name,
  oneOf,
  recordOf,
  text,
  wholeNumber,
} from './shape.ts'
import { may, needs, takes, type Signature } from './signature.ts'

type Calls = Readonly<Record<string, Signature>>

// Looked at where it is used, with messages of its own.
const MANIFESTS: Signature = [needs('manifests', anything)]
const MOMENT: Signature = [may('moment', anything)]

const MACHINE: Calls = {
  fetch: [needs('url', url), takes(FETCH_INIT)],
  curl: [needs('url', url), takes(CURL_OPTIONS)],
  load: [needs('url', url), needs('', LOAD_OPTIONS)],
  startLoad: [needs('url', url), takes(START_LOAD_OPTIONS)],
  trace: [needs('url', url), takes(TRACE_OPTIONS)],
  lookup: [needs('name', name)],
  exec: [needs('command', anything), takes(RUN_OPTIONS)],
}

const HOST: Calls = {
  ...MACHINE,
  addHost: [needs('name', name), needs('address', address)],
  readFile: [needs('path', name)],
  nginx: [needs('configuration', text), takes(NGINX_OPTIONS)],
}

const internetHost = options<InternetHost>({
  addresses: listOf(address),
  cname: name,
  records: listOf(text),
  ttl: wholeNumber(0),
  fails: oneOf('SERVFAIL', 'REFUSED', 'silent'),
})

export const CALLS: Readonly<Record<Kind, Calls>> = {
  cluster: {
    apply: MANIFESTS,
    delete: MANIFESTS,
    settle: [may('limit', duration), takes(options<{ steps: number }>({ steps: wholeNumber(1) }))],
    advance: [needs('duration', duration)],
    configureProxy: [needs('', KUBE_PROXY_FLAGS)],
    trace: [may('capacity', wholeNumber(1))],
    iptablesSave: [needs('node', name), takes(options<{ counters: boolean }>({ counters: flag }))],
    addNode: [takes(NODE_SETTINGS)],
    kubeConfig: [takes(options<KubeConfigOptions>({ serviceAccount: name, namespace: name }))],
    pod: [needs('reference', anything)],
    pods: [may('labels', recordOf(text, "an object of labels, such as { app: 'web' }")), may('namespace', name)],
    node: [needs('name', name)],
    machine: [needs('place', name)],
    place: [needs('from', name)],
    snapshot: [],
    fork: MOMENT,
    rewind: MOMENT,
    save: [needs('file', anything)],
    ready: [],
    stop: [],
  },
  host: HOST,
  node: {
    ...HOST,
    powerOff: [],
    powerOn: [],
    cordon: [],
    uncordon: [],
    remove: [],
    drain: [takes(options<DrainOptions>({ force: flag }))],
  },
  pod: {
    ...MACHINE,
    delete: [takes(options<{ gracePeriodSeconds: number }>({ gracePeriodSeconds: wholeNumber(0) }))],
    logs: [
      takes(
        options<{ container: string; previous: boolean; tailLines: number }>({
          container: name,
          previous: flag,
          tailLines: wholeNumber(0),
        }),
      ),
    ],
    container: [needs('name', name)],
  },
  client: CLIENT_CALLS,
  internet: {
    host: [needs('name', name), needs('answer', either(address, listOf(address, 'a list of them'), internetHost))],
    remove: [needs('name', name)],
    answer: [needs('query', having('a DNS query, with its question', 'question'))],
  },
  images: {
    register: [needs('image', IMAGE)],
    registerFetch: FETCH_IMAGE,
    registerListener: LISTENER_IMAGE,
    registerSocketProgram: SOCKET_IMAGE,
    find: FIND_IMAGE,
  },
  load: { stop: [], finished: [] },
  nginx: { stop: [] },
  faults: FAULT_CALLS,
  fault: { end: [] },
}
