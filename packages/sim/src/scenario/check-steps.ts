// Looks through a whole scenario before its first step: faults and their arguments, loads and faults that are ended without having
// begun, places, pods and values nobody defines, manifests that cannot be read. What only the run can tell stays with the run.

import { PodwireError } from '@podwire/engine'
import { readManifests } from '../sdk/manifests.ts'
import { didYouMean } from '../arguments/did-you-mean.ts'
import { isJsonPath, type Check } from '../check/check-schema.ts'
import { given } from '../cli/option-values.ts'
import type { DocumentProblem, PositionedDocument } from '../document/read-document.ts'
import { namedFaultProblem } from '../faults/named-fault.ts'
import { parseHttpUrl } from '../http/fetch.ts'
import type { Cluster } from '../sdk/cluster.ts'
import { readPattern } from '../sdk/load-pattern.ts'
import { faultArgumentProblems } from './fault-words.ts'
import { KnownWorld } from './known-world.ts'
import { placeProblem } from './place-words.ts'
import type { Manifests, Scenario, Step } from './scenario.ts'
import { manifestSource } from './step-manifests.ts'

/** @param folder paths of manifests are from there. @throws DocumentError with all there is to say, each with its place */
export function checkSteps(scenario: Scenario, document: PositionedDocument, cluster: Cluster, folder: string): void {
  const checker = new StepChecker(scenario, document, new KnownWorld(cluster), folder)
  for (const [index, step] of scenario.steps.entries()) checker.check(index, step)
  for (const [name, { from }] of Object.entries(scenario.values ?? {})) checker.checkValue(name, from)
  if (checker.problems.length > 0) throw document.error(checker.problems)
}

type Path = readonly (string | number)[]

class StepChecker {
  readonly problems: DocumentProblem[] = []
  readonly #document: PositionedDocument
  readonly #world: KnownWorld
  readonly #folder: string
  readonly #values: readonly string[]
  /** By name, whether each is running. */
  readonly #loads = new Map<string, boolean>()
  /** By name, whether each is under way for sure. */
  readonly #faults = new Map<string, boolean>()
  readonly #steps: readonly Step[]

  constructor({ values, steps }: Scenario, document: PositionedDocument, world: KnownWorld, folder: string) {
    this.#document = document
    this.#world = world
    this.#folder = folder
    this.#values = Object.keys(values ?? {})
    this.#steps = steps
  }

  check(index: number, step: Step): void {
    const path = ['steps', index]
    if ('apply' in step) this.#manifests([...path, 'apply'], step.apply, step.refused === undefined)
    else if ('delete' in step) this.#manifests([...path, 'delete'], step.delete, false)
    else if ('exec' in step) this.#command(path, ['exec', 'on'], step.exec, step.on)
    else if ('expect' in step) this.#expectation([...path, 'expect'], step.expect)
    else if ('load' in step) this.#load(path, step)
    else if ('endLoad' in step) this.#endLoad(index, step.endLoad)
    else if ('fault' in step) this.#fault(path, step)
    else if ('endFault' in step) this.#endFault(index, step.endFault)
  }

  checkValue(name: string, from: string): void {
    this.#place(['values', name, 'from'], from, true)
  }

  #say(path: Path, message: string | undefined): void {
    if (message !== undefined) this.problems.push(this.#document.problem(path, message))
  }

  /** What the attempt has to say is said. */
  #try(path: Path, attempt: () => unknown): void {
    try {
      attempt()
    } catch (error) {
      if (!(error instanceof PodwireError)) throw error
      this.#say(path, `${error.reason}${error.remedy === undefined ? '' : `. ${error.remedy}`}`)
    }
  }

  #url(path: Path, url: string): void {
    const filled = url.replaceAll(PLACEHOLDER, '1').replace(/^(tcp|sctp):/, 'http:')
    if (!filled.includes('${')) this.#try(path, () => parseHttpUrl(filled))
  }

  #manifests(path: Path, manifests: Manifests, made: boolean): void {
    try {
      const read = readManifests(manifestSource(manifests, this.#folder))
      if (made) this.#world.learn(read)
    } catch (error) {
      if (!(error instanceof PodwireError)) throw error
      this.#say(path, `${error.reason}${error.remedy === undefined ? '' : `. ${error.remedy}`}`)
      this.#world.lookAway()
    }
  }

  #command(path: Path, [what, where]: readonly [string, string], command: string, place: string): void {
    this.#text([...path, what], command, '; those of the shell are written $NAME')
    this.#place([...path, where], place)
    // A program with a token can make pods by itself.
    if (/\/apis?\//.test(command)) this.#world.lookAway()
  }

  #expectation(path: Path, check: Check): void {
    if ('run' in check) this.#command(path, ['run', 'from'], check.run, check.from)
    else if ('fetch' in check || 'resolve' in check) {
      this.#place([...path, 'from'], check.from)
      if ('fetch' in check) {
        this.#text([...path, 'fetch'], check.fetch)
        this.#url([...path, 'fetch'], check.fetch)
      } else this.#text([...path, 'resolve'], check.resolve)
    }
  }

  #load(path: Path, { load, from, as = 'load', everyMs, rate, ramp, clients, thinkMs }: LoadStep): void {
    this.#text([...path, 'load'], load)
    this.#url([...path, 'load'], load)
    this.#place([...path, 'from'], from)
    this.#try([...path, 'load'], () => readPattern(given({ everyMs, rate, ramp, clients, thinkMs })))
    if (this.#loads.get(as) === true)
      this.#say([...path, 'load'], `a load called ${as} is running already: end it first, or name one with as`)
    this.#loads.set(as, true)
  }

  #endLoad(index: number, name: string): void {
    const running = this.#loads.get(name)
    this.#loads.set(name, false)
    if (running === true) return
    const path = ['steps', index, 'endLoad']
    if (running === false) return this.#say(path, `the load ${name} is over already: an earlier step ends it`)
    const begun = [...this.#loads].filter(([, runs]) => runs).map(([known]) => known)
    this.#say(
      path,
      this.#notBegun('load', name, begun, index, (step) => 'load' in step && (step.as ?? 'load') === name),
    )
  }

  #fault(path: Path, { fault, title: _title, as, ...options }: FaultStep): void {
    const [kind = '', ...args] = fault.trim().split(/\s+/)
    const at = [...path, 'fault']
    const problem = namedFaultProblem(kind, args, given(options))
    if (problem !== undefined) this.#say(at, `${problem.reason}. ${problem.remedy}`)
    else for (const said of faultArgumentProblems(kind, args, this.#world)) this.#say(at, said)
    const name = as ?? kind
    if (this.#faults.get(name) === true)
      this.#say(at, `a fault called ${name} is under way: end it first, or name one with as`)
    this.#faults.set(name, options.for === undefined)
  }

  #endFault(index: number, name: string): void {
    if (name === 'all') for (const known of this.#faults.keys()) this.#faults.set(known, false)
    else if (this.#faults.has(name)) this.#faults.set(name, false)
    else {
      const begins = (step: Step): boolean => 'fault' in step && (step.as ?? step.fault.trim().split(/\s+/)[0]) === name
      const known = this.#faults.size === 0 ? [] : [...this.#faults.keys(), 'all']
      const told = this.#notBegun('fault', name, known, index, begins)
      this.#say(['steps', index, 'endFault'], told)
    }
  }

  #notBegun(
    what: 'load' | 'fault',
    name: string,
    known: readonly string[],
    index: number,
    begins: (step: Step) => boolean,
  ): string {
    const later = this.#steps.findIndex((step, at) => at > index && begins(step))
    if (later >= 0) {
      const { line } = this.#document.problem(['steps', later], '')
      return `the ${what} ${name} begins only later, in line ${line}`
    }
    const meant = didYouMean(name, known)
    const there = known.length === 0 ? 'there is none' : `there is ${known.join(', ')}`
    return `no step before begins a ${what} called ${name}: ${there}${meant === undefined ? '' : `; did you mean ${meant}?`}`
  }

  #place(path: Path, place: string, anyPod = false): void {
    this.#say(path, placeProblem(place, this.#world, anyPod))
  }

  /** Its `${NAME}`s. @param more what else could have been meant */
  #text(path: Path, text: string, more = ''): void {
    for (const [, name = '', field] of text.matchAll(PLACEHOLDER)) {
      if (field !== undefined) {
        if (!isJsonPath(field.trim())) this.#say(path, `${field.trim()} is no JSONPath: write one like .spec.clusterIP`)
        continue
      }
      if (this.#values.includes(name)) continue
      const meant = didYouMean(name, this.#values)
      const remedy = meant === undefined ? 'define it under values' : `did you mean \${${meant}}?`
      this.#say(path, `no value is called ${name}; ${remedy}${meant === undefined ? more : ''}`)
    }
    if (text.replaceAll(PLACEHOLDER, '').includes('${')) this.#say(path, 'a ${ has no } after its name')
  }
}

const PLACEHOLDER = /\$\{([^}\s]+)(\s+[^}]*)?\}/g

type LoadStep = Extract<Step, { load: string }>
type FaultStep = Extract<Step, { fault: string }>
