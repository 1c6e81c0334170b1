// YAML for who does not read it as kubectl does, without the library's types: declarations that import those would be broken where the
// package is installed.

import { yaml } from './load-yaml.ts'

/** YAML 1.2. @throws an error that `isYamlError` knows */
export function parseYaml(text: string): unknown {
  return yaml().parse(text)
}

/** A text that is no YAML. */
export function isYamlError(error: unknown): error is Error {
  return error instanceof yaml().YAMLError
}
