// What is compiled for a service port, shared between nodes: one value where nodes cannot differ, otherwise one for each different
// content. A node that asks again costs a lookup.

import type { NodeFacts } from './node-facts.ts'

export class VariantCache<Input, Output> {
  readonly #compile: (input: Input) => Output
  readonly #keyOf: (input: Input) => string
  readonly #byNode = new Map<NodeFacts, Output>()
  readonly #byContent = new Map<string, Output>()
  #shared: Output | undefined

  constructor(keyOf: (input: Input) => string, compile: (input: Input) => Output) {
    this.#keyOf = keyOf
    this.#compile = compile
  }

  /** @param dependsOnNode false: the first answer serves all nodes */
  get(node: NodeFacts, dependsOnNode: boolean, inputFor: (node: NodeFacts) => Input): Output {
    if (!dependsOnNode) return (this.#shared ??= this.#compile(inputFor(node)))
    const known = this.#byNode.get(node)
    if (known !== undefined) return known
    const input = inputFor(node)
    const key = this.#keyOf(input)
    let output = this.#byContent.get(key)
    if (output === undefined) {
      output = this.#compile(input)
      this.#byContent.set(key, output)
    }
    this.#byNode.set(node, output)
    return output
  }
}
