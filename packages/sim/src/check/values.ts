// The `${…}` in texts of checks and commands: `${svc/default/kubia .spec.clusterIP}` is what an object has at a JSONPath, `${NAME}` is
// a value the document defines, found out when it is first asked for.

import { findJsonPath, JsonPathError, parseJsonPath, type KubeObject } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import type { Cluster } from '../sdk/cluster.ts'
import type { CapturedValue } from './check-schema.ts'
import { findOne } from './object-reference.ts'
import { machineAt } from './place.ts'
import { UnmetError } from './unmet.ts'

const PLACEHOLDER = /\$\{([^}\s]+)(?:\s+([^}]*))?\}/g

export class Values {
  readonly #cluster: Cluster
  readonly #defined: Readonly<Record<string, CapturedValue>>
  readonly #known = new Map<string, string>()

  constructor(cluster: Cluster, defined: Readonly<Record<string, CapturedValue>> = {}) {
    this.#cluster = cluster
    this.#defined = defined
  }

  /** @throws UnmetError when something it stands for is not there; PodwireError for what stands for nothing */
  async fill(text: string): Promise<string> {
    let filled = ''
    let at = 0
    for (const match of text.matchAll(PLACEHOLDER)) {
      const [whole, name = '', path] = match
      filled += text.slice(at, match.index) + (path === undefined ? await this.#value(name) : this.#field(name, path))
      at = match.index + whole.length
    }
    return filled + text.slice(at)
  }

  #field(reference: string, path: string): string {
    const [value] = valuesAt(findOne(this.#cluster.composition.server, reference), path)
    if (value === undefined || value === '')
      throw new UnmetError(`${reference} has no ${path}`, `${reference} 没有 ${path}`)
    return textOf(value)
  }

  async #value(name: string): Promise<string> {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const wanted = Object.hasOwn(this.#defined, name) ? this.#defined[name] : undefined
    if (wanted === undefined) {
      throw new PodwireError(`fill in \${${name}}`, 'no value of that name is defined', 'Define it under values.')
    }
    const command = await this.fill(wanted.run)
    const { stdout, stderr, exitCode } = await machineAt(this.#cluster, wanted.from).exec(command)
    const match = new RegExp(await this.fill(wanted.capture), 'm').exec(stdout)
    const value = match?.[1] ?? match?.[0]
    if (value === undefined) {
      const line = stderr.split('\n')[0] ?? ''
      throw new UnmetError(
        `${command} on ${wanted.from} does not show ${name} yet${exitCode === 0 ? '' : `: it ends with ${exitCode} (${line})`}`,
        `在 ${wanted.from} 上执行 ${command} 还看不到 ${name}${exitCode === 0 ? '' : `：退出码 ${exitCode}（${line}）`}`,
      )
    }
    this.#known.set(name, value)
    return value
  }
}

/** What kubectl's JSONPath finds; braces around it may be left out. A path that does not fit the object finds nothing. */
export function valuesAt(object: KubeObject, path: string): readonly unknown[] {
  const bare = /^\{(.*)\}$/.exec(path.trim())?.[1] ?? path
  try {
    return findJsonPath(parseJsonPath(bare), object)
  } catch (error) {
    if (error instanceof JsonPathError) return []
    throw error
  }
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
