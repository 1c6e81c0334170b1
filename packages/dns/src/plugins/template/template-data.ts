// What a template of `template` sees: `.Name`, `.Match`, `.Group`, `.Message` … Source: CoreDNS plugin/template/template.go
// (templateData). `.Meta` is always empty: the metadata plugin is not built.

import { className, typeName, type DnsMessage } from '../../wire/index.ts'
import type { DnsRequest } from '../plugin.ts'
import { GoStruct } from './go-template-run.ts'
import type { TemplateRule } from './parse-template.ts'

const ANY = 255

export function templateData(
  rule: TemplateRule,
  pattern: RegExp,
  found: RegExpExecArray,
  zone: string,
  request: DnsRequest,
): GoStruct {
  const { question, message } = request
  const groups = new Map([...found.entries()].map(([i, text]) => [String(i), text ?? '']))
  for (const [name, text] of Object.entries(found.groups ?? {})) groups.set(name, text)
  const asked = new GoStruct([
    ['Name', question.name],
    ['Qtype', BigInt(question.type)],
    ['Qclass', BigInt(question.class)],
  ])
  return new GoStruct([
    ['Zone', zone],
    ['Name', question.name.toLowerCase()],
    ['Regex', pattern.source],
    ['Match', [...found].map((text) => text ?? '')],
    ['Group', groups],
    ['Class', className(question.class === ANY ? rule.class : question.class)],
    ['Type', typeName(question.type === ANY ? rule.type : question.type)],
    ['Message', messageStruct(message, asked)],
    ['Question', asked],
    ['Remote', request.from.address],
    ['Meta', () => ''],
  ])
}

function messageStruct(message: DnsMessage, asked: GoStruct): GoStruct {
  const header: readonly (readonly [string, unknown])[] = [
    ['Id', BigInt(message.id)],
    ['Response', message.response],
    ['Opcode', BigInt(message.opcode)],
    ['Authoritative', message.authoritative],
    ['Truncated', message.truncated],
    ['RecursionDesired', message.recursionDesired],
    ['RecursionAvailable', message.recursionAvailable],
    ['AuthenticatedData', message.authenticData],
    ['CheckingDisabled', message.checkingDisabled],
    ['Rcode', BigInt(message.rcode)],
  ]
  const none: readonly unknown[] = []
  return new GoStruct([
    ...header,
    ['MsgHdr', new GoStruct(header)],
    ['Question', [asked]],
    ['Answer', none],
    ['Ns', none],
    ['Extra', none],
  ])
}
