// Named formats of texts in rules: `format.dns1123Label().validate(self).hasValue()`, `format.named("uuid")`. What is wrong is
// told in a list; nothing is wrong when there is none. Source: apiserver pkg/cel/library/format.go.

import { dns1035Label, dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../../validation/names.ts'
import { isOfFormat } from '../../custom-resources/validation/string-formats.ts'
import type { FunctionTable } from '../functions/function-table.ts'
import { NO_OVERLOAD, Optional, type LibraryValue } from '../run/values.ts'
import { readType } from '../types/type.ts'
import { parseRequestUri } from './go-url.ts'

const NAME = 'kubernetes.NamedFormat'

type Check = (text: string) => readonly string[]

export class FormatValue implements LibraryValue {
  readonly celType = readType(NAME)
  readonly check: Check
  /** Of the pattern that would do: what a check costs. */
  readonly regexpSize: number

  constructor(regexpSize: number, check: Check) {
    this.check = check
    this.regexpSize = regexpSize
  }

  equals(other: LibraryValue): boolean {
    return other === this
  }
}

/** The server appends to a prefix, so one trailing hyphen is fine. */
function prefixOf(check: Check): Check {
  return (text) => check(/[^]-$/.test(text) ? `${text.slice(0, -1)}a` : text)
}

function known(format: string, problem: string): Check {
  return (text) => (isOfFormat(text, format) ? [] : [problem])
}

function uri(text: string): readonly string[] {
  const url = parseRequestUri(text)
  return typeof url === 'string' ? [url] : []
}

const FORMATS: ReadonlyMap<string, FormatValue> = new Map([
  ['dns1123Label', new FormatValue(30, dnsLabel)],
  ['dns1123Subdomain', new FormatValue(60, dnsSubdomain)],
  ['dns1035Label', new FormatValue(30, dns1035Label)],
  ['qualifiedName', new FormatValue(60, qualifiedName)],
  ['dns1123LabelPrefix', new FormatValue(30, prefixOf(dnsLabel))],
  ['dns1123SubdomainPrefix', new FormatValue(60, prefixOf(dnsSubdomain))],
  ['dns1035LabelPrefix', new FormatValue(30, prefixOf(dns1035Label))],
  ['labelValue', new FormatValue(40, labelValue)],
  ['uri', new FormatValue(1103, uri)],
  ['uuid', new FormatValue(73, known('uuid', 'does not match the UUID format'))],
  ['byte', new FormatValue(84, known('byte', 'invalid base64'))],
  ['date', new FormatValue(70, known('date', 'invalid date'))],
  ['datetime', new FormatValue(70, known('datetime', 'invalid datetime'))],
])

export function addFormats(table: FunctionTable): void {
  for (const [name, format] of FORMATS) table.free(`format.${name}`, `format.${name}`, [], NAME, () => format)
  table
    .free('format-named', 'format.named', ['string'], `optional<${NAME}>`, (name) => {
      if (typeof name !== 'string') return NO_OVERLOAD
      const found = FORMATS.get(name)
      return found === undefined ? Optional.none : new Optional(found)
    })
    .member('format-validate', 'validate', [NAME, 'string'], 'optional<list<string>>', (format, text) => {
      if (!(format instanceof FormatValue) || typeof text !== 'string') return NO_OVERLOAD
      const problems = format.check(text)
      return problems.length === 0 ? Optional.none : new Optional(problems)
    })
}
