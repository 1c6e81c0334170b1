// Named formats of texts in rules: `format.dns1123Label().validate(self).hasValue()`, `format.named("uuid")`. What is wrong is
// told in a list; nothing is wrong when there is none. Source: apiserver pkg/cel/library/format.go.

import type { Environment } from '@marcbachmann/cel-js'
import { dns1035Label, dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../../../validation/names.ts'
import { isOfFormat } from '../../validation/string-formats.ts'
import { loadCel } from '../load-cel.ts'

type Check = (text: string) => readonly string[]

class FormatValue {
  readonly check: Check

  constructor(check: Check) {
    this.check = check
  }
}

class FormatNamespace {
  readonly name = 'format'
}

/** The server appends to a prefix, so one trailing hyphen is fine. */
function prefixOf(check: Check): Check {
  return (text) => check(/[^]-$/.test(text) ? `${text.slice(0, -1)}a` : text)
}

function known(format: string, problem: (text: string) => string): Check {
  return (text) => (isOfFormat(text, format) ? [] : [problem(text)])
}

const FORMATS: ReadonlyMap<string, Check> = new Map([
  ['dns1123Label', dnsLabel],
  ['dns1123Subdomain', dnsSubdomain],
  ['dns1035Label', dns1035Label],
  ['qualifiedName', qualifiedName],
  ['dns1123LabelPrefix', prefixOf(dnsLabel)],
  ['dns1123SubdomainPrefix', prefixOf(dnsSubdomain)],
  ['dns1035LabelPrefix', prefixOf(dns1035Label)],
  ['labelValue', labelValue],
  ['uri', known('uri', (text) => `parse ${JSON.stringify(text)}: invalid URI for request`)],
  ['uuid', known('uuid', () => 'does not match the UUID format')],
  ['byte', known('byte', () => 'invalid base64')],
  ['date', known('date', () => 'invalid date')],
  ['datetime', known('datetime', () => 'invalid datetime')],
])

const TYPE = 'kubernetes.NamedFormat'
const NAMESPACE = 'FormatNamespace'

export function addFormatFunctions(environment: Environment): void {
  const { Optional } = loadCel()
  const formats = new Map([...FORMATS].map(([name, check]) => [name, new FormatValue(check)]))
  environment
    .registerType(TYPE, FormatValue)
    .registerType(NAMESPACE, FormatNamespace)
    .registerConstant('format', NAMESPACE, new FormatNamespace())
    .registerFunction(`${NAMESPACE}.named(string): optional<${TYPE}>`, (_: unknown, name: string) => {
      const found = formats.get(name)
      return found === undefined ? Optional.none() : Optional.of(found)
    })
    .registerFunction(`${TYPE}.validate(string): optional<list<string>>`, ({ check }: FormatValue, text: string) => {
      const problems = check(text)
      return problems.length === 0 ? Optional.none() : Optional.of(problems)
    })
  for (const [name, format] of formats) environment.registerFunction(`${NAMESPACE}.${name}(): ${TYPE}`, () => format)
}
