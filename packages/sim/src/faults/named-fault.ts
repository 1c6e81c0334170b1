// Faults by name with arguments as texts: what a command line and a scenario file can say. Each line of the table is a call of
// `cluster.faults`, with its arguments as `podwire fault --help` shows them.

import { NAMED_FAULT } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import { invariant, PodwireError, type Duration } from '@podwire/engine'
import { didYouMean } from '../arguments/did-you-mean.ts'
import type { Fault } from './fault.ts'
import type { Faults } from './faults.ts'

/** Of all faults; each takes those it has. */
export interface NamedFaultOptions {
  readonly for?: Duration
  readonly oneWay?: boolean
  readonly jitter?: Duration
  readonly container?: string
  readonly exitCode?: number
  readonly signal?: string
  readonly always?: boolean
}

interface NamedFault {
  /** `NODE`, `PLACES PLACES`; in brackets what may be left out. */
  readonly usage: string
  /** Options beside `for`. */
  readonly takes: readonly (keyof NamedFaultOptions)[]
  readonly start: (faults: Faults, args: readonly string[], options: NamedFaultOptions) => Fault
}

/** `node-1,node-2` */
const places = (text = ''): readonly string[] => text.split(',').filter((place) => place !== '')

function rateOf(text = ''): number {
  const rate = Number(text)
  if (text !== '' && !Number.isNaN(rate)) return rate
  const remedy = 'Give a number above 0 and up to 1: 0.1 is every tenth packet.'
  throw new PodwireError('lose packets', `the rate is ${JSON.stringify(text)}`, remedy)
}

const NAMED: Readonly<Record<string, NamedFault>> = {
  nodeCrash: { usage: 'NODE', takes: [], start: (faults, [node = ''], options) => faults.nodeCrash(node, options) },
  nodeFreeze: { usage: 'NODE', takes: [], start: (faults, [node = ''], options) => faults.nodeFreeze(node, options) },
  partition: {
    usage: 'PLACES PLACES',
    takes: ['oneWay'],
    start: (faults, [from, to], options) => faults.partition(places(from), places(to), options),
  },
  packetLoss: {
    usage: 'RATE PLACES PLACES',
    takes: [],
    start: (faults, [rate, from, to], options) => faults.packetLoss(rateOf(rate), places(from), places(to), options),
  },
  delay: {
    usage: 'DURATION PLACES PLACES',
    takes: ['jitter'],
    start: (faults, [delay = '', from, to], options) => faults.delay(delay, places(from), places(to), options),
  },
  apiServerDown: { usage: '', takes: [], start: (faults, _args, options) => faults.apiServerDown(options) },
  watchCut: {
    usage: 'COMPONENT',
    takes: [],
    start: (faults, [component = ''], options) => faults.watchCut(component, options),
  },
  watchDelay: {
    usage: 'COMPONENT DURATION',
    takes: [],
    start: (faults, [component = '', delay = ''], options) => faults.watchDelay(component, delay, options),
  },
  kubeProxyNotSyncing: {
    usage: 'NODE',
    takes: [],
    start: (faults, [node = ''], options) => faults.kubeProxyNotSyncing(node, options),
  },
  coreDnsPodLost: {
    usage: '[POD]',
    takes: [],
    start: (faults, [pod], options) => faults.coreDnsPodLost(pod, options),
  },
  containerCrash: {
    usage: 'POD',
    takes: ['container', 'exitCode', 'signal', 'always'],
    start: (faults, [pod = ''], options) => faults.containerCrash(pod, options),
  },
  containerHang: {
    usage: 'POD',
    takes: ['container'],
    start: (faults, [pod = ''], options) => faults.containerHang(pod, options),
  },
  failReadiness: {
    usage: 'POD',
    takes: ['container'],
    start: (faults, [pod = ''], options) => faults.failReadiness(pod, options),
  },
  failLiveness: {
    usage: 'POD',
    takes: ['container'],
    start: (faults, [pod = ''], options) => faults.failLiveness(pod, options),
  },
  failStartup: {
    usage: 'POD',
    takes: ['container'],
    start: (faults, [pod = ''], options) => faults.failStartup(pod, options),
  },
}

/** `nodeCrash NODE`, one a line. */
export const FAULT_USAGES: readonly string[] = Object.entries(NAMED).map(([kind, { usage }]) =>
  `${kind} ${usage}`.trim(),
)

/** What is wrong with a fault as it is written down: what was to be done, why it cannot be, and what to write. */
export interface FaultProblem {
  readonly action: string
  readonly reason: string
  readonly remedy: string
}

/** What can be said without a cluster: that there is such a fault, and that it takes these arguments and options. */
export function namedFaultProblem(
  kind: string,
  args: readonly string[],
  options: NamedFaultOptions = {},
): FaultProblem | undefined {
  const named = Object.hasOwn(NAMED, kind) ? NAMED[kind] : undefined
  if (named === undefined) {
    const meant = didYouMean(kind, Object.keys(NAMED))
    const remedy = `${meant === undefined ? '' : `Did you mean ${meant}? `}There are ${Object.keys(NAMED).join(', ')}.`
    return { action: 'begin a fault', reason: `there is none called ${JSON.stringify(kind)}`, remedy }
  }
  const wanted = faultWords(kind)
  const needed = wanted.filter((word) => !word.startsWith('[')).length
  if (args.length < needed || args.length > wanted.length) {
    const given = args.length === 0 ? 'it has no arguments' : `it has the arguments ${args.join(' ')}`
    return { action: `begin ${kind}`, reason: given, remedy: `Say ${`${kind} ${named.usage}`.trim()}.` }
  }
  for (const option of Object.keys(options) as (keyof NamedFaultOptions)[]) {
    if (option === 'for' || options[option] === undefined || named.takes.includes(option)) continue
    const remedy = `It takes ${['for', ...named.takes].join(', ')}.`
    return { action: `begin ${kind}`, reason: `it has no option ${option}`, remedy }
  }
  return undefined
}

/** What its arguments are, in order: `NODE`, `PLACES`, `[POD]` … */
export function faultWords(kind: string): readonly string[] {
  const usage = Object.hasOwn(NAMED, kind) ? (NAMED[kind]?.usage ?? '') : ''
  return usage === '' ? [] : usage.split(' ')
}

/** @throws PodwireError for a fault there is not, and for arguments and options it does not take */
export function startNamedFault(
  faults: Faults,
  kind: string,
  args: readonly string[],
  options: NamedFaultOptions = {},
): Fault {
  checkArguments('begin a fault', NAMED_FAULT, [faults, kind, args, options])
  const problem = namedFaultProblem(kind, args, options)
  if (problem !== undefined) throw new PodwireError(problem.action, problem.reason, problem.remedy)
  const named = NAMED[kind]
  invariant(named !== undefined, 'a fault without a problem is in the table')
  return named.start(faults, args, options)
}
