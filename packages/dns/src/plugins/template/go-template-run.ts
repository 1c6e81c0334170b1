// Carries out a parsed Go template: values are texts, truth values, whole numbers (bigints), lists, maps, and structs, whose
// fields must exist. Source: Go text/template/exec.go.

import { goText } from './go-format.ts'
import { callFunction, isLazy, isTrue, TemplateFailure } from './go-template-functions.ts'
import { parseTemplate, type Node, type Operand, type Pipeline } from './go-template-parse.ts'
import { TemplateSyntaxError } from './go-template-tokens.ts'

/** A Go struct: a field that it has not is a failure. A function is a method. */
export class GoStruct {
  readonly fields: ReadonlyMap<string, unknown>

  constructor(fields: readonly (readonly [string, unknown])[]) {
    this.fields = new Map(fields)
  }
}

/** @throws TemplateFailure when it cannot be carried out */
export type Template = (data: GoStruct) => string

/** @returns the template, or Go's message */
export function compileTemplate(name: string, text: string): Template | { readonly problem: string } {
  const nodes = parseTemplate(text)
  if (nodes instanceof TemplateSyntaxError) return { problem: `template: ${name}:${nodes.line}: ${nodes.reason}` }
  return (data) => new Run(data).text(nodes, data)
}

type Flow = 'break' | 'continue' | undefined

class Run {
  readonly #variables: { readonly name: string; value: unknown }[]
  #out = ''

  constructor(data: GoStruct) {
    this.#variables = [{ name: '', value: data }]
  }

  text(nodes: readonly Node[], dot: unknown): string {
    this.#walk(nodes, dot)
    return this.#out
  }

  #walk(nodes: readonly Node[], dot: unknown): Flow {
    for (const node of nodes) {
      const flow = this.#node(node, dot)
      if (flow !== undefined) return flow
    }
    return undefined
  }

  #node(node: Node, dot: unknown): Flow {
    switch (node.kind) {
      case 'text':
        this.#out += node.text
        return undefined
      case 'print': {
        const value = this.#pipeline(node.pipe, dot)
        if (node.pipe.variables.length === 0) this.#out += goText(value)
        return undefined
      }
      case 'break':
      case 'continue':
        return node.kind
      case 'range':
        return this.#scoped(() => this.#range(node, dot))
      default:
        return this.#scoped(() => {
          const value = this.#pipeline(node.pipe, dot)
          if (!isTrue(value)) return this.#walk(node.else, dot)
          return this.#walk(node.then, node.kind === 'with' ? value : dot)
        })
    }
  }

  #scoped<T>(work: () => T): T {
    const known = this.#variables.length
    const result = work()
    this.#variables.length = known
    return result
  }

  #range(node: Node & { readonly kind: 'range' }, dot: unknown): Flow {
    const { variables, ...pipe } = node.pipe
    const entries = entriesOf(this.#pipeline({ ...pipe, variables: [] }, dot))
    for (const [key, value] of entries) {
      const flow = this.#scoped(() => {
        const [first, second] = variables
        if (second !== undefined) this.#variables.push({ name: first ?? '', value: key }, { name: second, value })
        else if (first !== undefined) this.#variables.push({ name: first, value })
        return this.#walk(node.then, value)
      })
      if (flow === 'break') break
    }
    return entries.length === 0 ? this.#walk(node.else, dot) : undefined
  }

  #pipeline({ variables, assigns, commands }: Pipeline, dot: unknown): unknown {
    let value: unknown
    for (const [i, command] of commands.entries()) value = this.#command(command, dot, i === 0 ? [] : [value])
    for (const name of variables) {
      if (!assigns) this.#variables.push({ name, value })
      else {
        const variable = this.#variables.findLast((one) => one.name === name)
        if (variable !== undefined) variable.value = value
      }
    }
    return value
  }

  /** @param piped the value of the command before, which is the last argument */
  #command([first, ...rest]: readonly Operand[], dot: unknown, piped: readonly unknown[]): unknown {
    if (first === undefined) return undefined
    if (first.kind === 'function') {
      if (isLazy(first.name)) return this.#lazy(first.name, rest, dot, piped)
      return callFunction(first.name, [...rest.map((operand) => this.#operand(operand, dot)), ...piped])
    }
    const args = [...rest.map((operand) => this.#operand(operand, dot)), ...piped]
    const value = this.#operand(first, dot, args)
    if (args.length > 0 && !this.#isMethod(first, dot)) {
      throw new TemplateFailure(`can't give argument to non-function ${goText(value)}`)
    }
    return value
  }

  /** `and` and `or` look no further than they must. */
  #lazy(name: string, rest: readonly Operand[], dot: unknown, piped: readonly unknown[]): unknown {
    let value: unknown
    for (const operand of rest) {
      value = this.#operand(operand, dot)
      if (isTrue(value) === (name === 'or')) return value
    }
    return piped.length > 0 ? piped[0] : value
  }

  #isMethod(operand: Operand, dot: unknown): boolean {
    if (operand.fields.length === 0) return false
    const owner = this.#operand({ ...operand, fields: operand.fields.slice(0, -1) }, dot)
    return owner instanceof GoStruct && typeof owner.fields.get(operand.fields.at(-1) ?? '') === 'function'
  }

  #operand(operand: Operand, dot: unknown, args: readonly unknown[] = []): unknown {
    return operand.fields.reduce((value, field) => fieldOf(value, field, args), this.#base(operand, dot))
  }

  #base(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case 'dot':
        return dot
      case 'variable':
        return this.#variables.findLast(({ name }) => name === operand.name)?.value
      case 'literal':
        return operand.value
      case 'function':
        return this.#command([operand], dot, [])
      case 'pipe':
        return this.#pipeline(operand.pipe, dot)
    }
  }
}

function fieldOf(value: unknown, field: string, args: readonly unknown[]): unknown {
  // A key that a map has not prints as Go's "<no value>".
  if (value instanceof Map) return (value as ReadonlyMap<unknown, unknown>).get(field)
  if (value instanceof GoStruct && value.fields.has(field)) {
    const found = value.fields.get(field)
    return typeof found === 'function' ? (found as (...given: unknown[]) => unknown)(...args) : found
  }
  throw new TemplateFailure(`can't evaluate field ${field}`)
}

function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value.map((one: unknown, i) => [BigInt(i), one])
  if (value instanceof Map) {
    const map = value as ReadonlyMap<string, unknown>
    return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  }
  if (typeof value === 'bigint' && value <= 65_536n)
    return Array.from({ length: Number(value) }, (_, i) => [BigInt(i), BigInt(i)])
  throw new TemplateFailure(`range can't iterate over ${goText(value)}`)
}
