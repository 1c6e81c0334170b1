// Matchers for vitest about clusters. A failing one prints what is so, the flow's explanation, and a command that repeats the run.

import type { Cluster } from '../sdk/cluster.ts'
import type { LoadReport } from '../sdk/load-report.ts'
import { hasEndpoints, hasLostNothing, isReady, type ReadyPlace } from '../assert/objects.ts'
import { isRefused, reaches, type ReachExpectation, type RequestPlace, resolvesTo } from '../assert/requests.ts'
import { failureText, type Verdict } from '../assert/verdict.ts'

/** What vitest tells a matcher of the test it is in. */
interface MatcherState {
  readonly currentTestName?: string
  readonly testPath?: string
}

interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
}

interface Seeded {
  readonly seed?: number
}

/** What `expect(…)` gains; those that send something are to be awaited. */
export interface PodwireMatchers<R = unknown> {
  /** Of a pod, a node, the outside host: an HTTP request is answered, with a status below 400 or as expected. */
  toReach(url: string, expected?: ReachExpectation): Promise<R>
  /** Of a place: a connection is refused there. */
  toBeRefused(url: string): Promise<R>
  /** Of a place: a name resolves to this address, to all of these, or at all. */
  toResolveTo(name: string, expected?: string | readonly string[]): Promise<R>
  /** Of a cluster: a Service has so many ready endpoints, or those of the pods named. */
  toHaveEndpoints(service: string, expected: number | readonly string[]): R
  /** Of a pod or a node. */
  toBeReady(): R
  /** Of a load's report. */
  toHaveLostNothing(): R
}

function result(state: MatcherState, verdict: Verdict, seed: number | undefined): MatcherResult {
  const repro = seed === undefined ? undefined : { seed, command: commandOf(state, seed) }
  return { pass: verdict.pass, message: () => failureText(verdict, repro) }
}

/** `PODWIRE_SEED=7 npx vitest run test/web.test.ts -t 'web( >)? is reached'` */
function commandOf({ currentTestName, testPath }: MatcherState, seed: number): string {
  const file = testPath === undefined ? '' : ` ${word(relative(testPath))}`
  // vitest 5 looks for the pattern in `web > is reached`, 4 in `web is reached`.
  const name = currentTestName === undefined ? undefined : escaped(currentTestName).replaceAll(' > ', '( >)? ')
  const command = `npx vitest run${file}${name === undefined ? '' : ` -t ${quoted(name)}`}`
  // The variable is read by clusterTest, which has the seed in the name; who made a cluster by hand has given it a seed.
  return currentTestName?.includes(`(seed ${seed})`) === true
    ? `PODWIRE_SEED=${seed} ${command}`
    : `${command} # its cluster has seed ${seed}`
}

function relative(path: string): string {
  const here = `${process.cwd()}/`
  return path.startsWith(here) ? path.slice(here.length) : path
}

/** A path, for a shell. */
const word = (path: string): string => (/^[\w./@+-]+$/.test(path) ? path : quoted(path))

/** -t takes a regular expression. */
const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

export const matchers = {
  async toReach(this: MatcherState, from: RequestPlace & Seeded, url: string, expected?: ReachExpectation) {
    return result(this, await reaches(from, url, expected), from.seed)
  },
  async toBeRefused(this: MatcherState, from: RequestPlace & Seeded, url: string) {
    return result(this, await isRefused(from, url), from.seed)
  },
  async toResolveTo(
    this: MatcherState,
    from: RequestPlace & Seeded,
    name: string,
    expected?: string | readonly string[],
  ) {
    return result(this, await resolvesTo(from, name, expected), from.seed)
  },
  toHaveEndpoints(this: MatcherState, cluster: Cluster, service: string, expected: number | readonly string[]) {
    return result(this, hasEndpoints(cluster, service, expected), cluster.engine.seed)
  },
  toBeReady(this: MatcherState, place: ReadyPlace & Seeded) {
    return result(this, isReady(place), place.seed)
  },
  toHaveLostNothing(this: MatcherState, report: LoadReport) {
    return result(this, hasLostNothing(report), report.seed)
  },
}
