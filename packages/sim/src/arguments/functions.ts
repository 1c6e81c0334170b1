// What the functions take that stand by themselves: checks, saved clusters, rules, certificates, invariants.

import type { AuthorityOptions, CertificateRequest } from '../certificates/index.ts'
import type { RulesOptions } from '../sdk/rules.ts'
import type { LoadClusterOptions } from '../travel/load-cluster.ts'
import { GUARD, IMAGE, INVARIANT, INVARIANTS, KUBE_PROXY_FLAGS } from './cluster-options.ts'
import { options } from './options.ts'
import { REACH_EXPECTATION, REQUEST_PLACE, url } from './request-options.ts'
import {
  aFunction,
  anything,
  atLeast0,
  date,
  described,
  either,
  having,
  listOf,
  name,
  oneOf,
  text,
  wholeNumber,
} from './shape.ts'
import { may, needs, takes, type Signature } from './signature.ts'

const FROM = needs('the place', REQUEST_PLACE)
const ADDRESS = described('an address', name)
const CLUSTER = needs('the cluster', having('a cluster', 'client', 'engine'))

export const REACHES: Signature = [FROM, needs('url', url), takes(REACH_EXPECTATION)]
export const REFUSED: Signature = [FROM, needs('url', url)]
export const RESOLVES: Signature = [
  FROM,
  needs('name', name),
  may('addresses', either(ADDRESS, listOf(ADDRESS, 'a list of them'))),
]
export const ENDPOINTS: Signature = [
  CLUSTER,
  needs('service', name),
  needs('endpoints', either(wholeNumber(0), listOf(name, 'a list of pods'))),
]
export const READY: Signature = [needs('the place', having('a pod or a node', 'title', 'ready', 'object'))]
export const LOST_NOTHING: Signature = [
  needs('the report', having('the report of a load, as await load.stop() gives it', 'lost', 'explain')),
]

export const LOAD_CLUSTER: Signature = [
  needs('path', name),
  takes(
    options<LoadClusterOptions>({ images: listOf(IMAGE, 'a list of images'), guard: GUARD, invariants: INVARIANTS }),
  ),
]

export const PROXY_RULES: Signature = [
  needs('states', listOf(anything, 'a list of states, each of them manifests')),
  needs(
    '',
    options<RulesOptions>(
      {
        ...KUBE_PROXY_FLAGS.options,
        kubernetesVersion: text,
        node: name,
        family: oneOf('ipv4', 'ipv6'),
        interfaceAddresses: listOf(text),
        onNote: aFunction,
      },
      'node',
    ),
  ),
]

export const AUTHORITY: Signature = [
  takes(options<AuthorityOptions>({ nowMs: atLeast0, name, seed: wholeNumber(), validDays: wholeNumber(1) })),
]

export const CERTIFICATE_REQUEST = needs(
  'request',
  options<CertificateRequest>(
    { hosts: listOf(name), commonName: name, organization: name, notBefore: date, notAfter: date },
    'hosts',
  ),
)

export const SELF_SIGNED: Signature = [
  CERTIFICATE_REQUEST,
  takes(options<{ nowMs: number; seed: number | string }>({ nowMs: atLeast0, seed: either(wholeNumber(), text) })),
]

export const DEFINE_INVARIANT: Signature = [needs('name', name), needs('check', aFunction)]
export const CHECK_INVARIANTS: Signature = [CLUSTER, needs('invariants', listOf(INVARIANT))]
export const EXPLAIN_QUERIES: Signature = [
  needs('queries', listOf(having('a query of a trace', 'server', 'name'), 'the queries of a trace')),
]
export const EXPLAIN_TRACE: Signature = [
  needs(
    'trace',
    having('a trace, as await cluster.external.trace(url) gives it', 'from', 'url', 'attempts', 'queries'),
  ),
]
export const SERVE_HTTP: Signature = [
  needs('network', having("a machine's network, such as context.network of a program", 'listenTcp', 'engine')),
  needs('port', wholeNumber(0, 65_535)),
  needs('handler', aFunction),
  may('options', having('options', 'constructor')),
]
export const NAMED_FAULT: Signature = [
  needs('the faults', having('cluster.faults', 'nodeCrash')),
  needs('kind', name),
  needs('arguments', listOf(text, 'a list of texts')),
  may('options', having('options', 'constructor')),
]
export const STEP: Signature = [needs('title', name), needs('work', aFunction)]
