// A scenario as a script, in TypeScript or JavaScript: what it exports, and what its function is handed.
//
//   export const cluster = { nodes: 3 }
//   export default async function ({ cluster, step }: ScenarioContext) { … }

import { spawnSync } from 'node:child_process'
import { register } from 'node:module'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { existsSync } from 'node:fs'
import { PodwireError } from '@podwire/engine'
import type { Cluster } from '../sdk/cluster.ts'
import type { ClusterOptions } from '../sdk/options.ts'

/** What a scenario's function gets. */
export interface ScenarioContext {
  readonly cluster: Cluster
  readonly seed: number
  /** Does something and has it in the report under this title. What it throws ends the scenario. */
  step<T>(title: string, work: () => T | Promise<T>): Promise<T>
}

export interface ScenarioScript {
  /** Default: the file's name. */
  readonly title: string
  readonly cluster: ClusterOptions
  run(context: ScenarioContext): Promise<void>
}

let hooked = false
/** How often a script has been loaded. */
const loads = new Map<string, number>()

/** @throws PodwireError when it cannot be loaded, or exports no scenario */
export async function loadScript(file: string): Promise<ScenarioScript> {
  const path = resolve(file)
  if (!existsSync(path)) throw new PodwireError(`read the scenario ${file}`, 'there is no such file')
  // Beside this folder's bundle; the sources have it under the same name, with another ending.
  const hooks = new URL('../scenario/strip-types-hooks.js', import.meta.url)
  if (!hooked && existsSync(hooks)) register(hooks)
  hooked = true
  const module = await importScript(file, path)
  const { default: run, title: given = '', cluster = {} } = module
  const title = given === '' ? basename(file) : given
  if (typeof run !== 'function') {
    throw new PodwireError(
      `run the scenario ${file}`,
      'it exports no default function',
      'Write: export default async function ({ cluster, step }) { … }',
    )
  }
  if (typeof title !== 'string') throw new PodwireError(`run the scenario ${file}`, 'its title is no text')
  if (typeof cluster !== 'object' || cluster === null) {
    throw new PodwireError(`run the scenario ${file}`, 'its cluster is no object with options')
  }
  return { title, cluster, run: run as ScenarioScript['run'] }
}

/** What a script may export; anything may be there. */
interface ScriptExports {
  readonly default?: unknown
  readonly title?: unknown
  readonly cluster?: unknown
}

/** Anew for each run: what a script keeps in variables of its own is not there for the next seed. */
async function importScript(file: string, path: string): Promise<ScriptExports> {
  const url = pathToFileURL(path)
  const earlier = loads.get(path) ?? 0
  loads.set(path, earlier + 1)
  if (earlier > 0) url.search = `run=${earlier + 1}`
  try {
    return (await import(url.href)) as ScriptExports
  } catch (error) {
    if (error instanceof PodwireError) throw error
    const reason =
      error instanceof Error ? `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}` : String(error)
    const line = lineIn(error, path) ?? (error instanceof SyntaxError ? lineOfSyntax(path) : undefined)
    throw new PodwireError(`load the scenario ${line === undefined ? file : `${file}:${line}`}`, reason)
  }
}

/** Node names the place of a syntax error to nobody but who asks it to check the file. */
function lineOfSyntax(path: string): number | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' })
  const place = stderr.split('\n').find((text) => text.includes(`${basename(path)}:`))
  const [, line] = /:(\d+)$/.exec(place ?? '') ?? []
  return line === undefined ? undefined : Number(line)
}

/** Where in the script an error arose, by its stack. */
export function lineIn(error: unknown, path: string): number | undefined {
  if (!(error instanceof Error)) return undefined
  const stack = error.stack ?? ''
  for (const start of [pathToFileURL(path).href, path]) {
    const at = stack.indexOf(start)
    const [, line] = at < 0 ? [] : (/^(?:\?run=\d+)?:(\d+)/.exec(stack.slice(at + start.length)) ?? [])
    if (line !== undefined) return Number(line)
  }
  return undefined
}
