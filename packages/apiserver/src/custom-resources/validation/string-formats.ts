// The formats of strings that schemas are held to; all others are ignored. Source: apiextensions-apiserver
// pkg/apiserver/validation/formats.go (which), kube-openapi pkg/validation/strfmt (what they accept).

import { isIPv4, isIPv6 } from 'node:net'
import type { Schema } from '../schema/walk.ts'
import { isCreditCard, isIsbn10, isIsbn13 } from './check-digits.ts'
import { isDate, isDateTime, isDuration } from './time-formats.ts'

const HOSTNAME =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u
const HEX = '[0-9a-f]'
const SHORT_NAME = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'

function uuid(version: string, variant: string): RegExp {
  return new RegExp(`^${HEX}{8}-?${HEX}{4}-?${version}-?${variant}-?${HEX}{12}$`, 'i')
}

function matching(pattern: RegExp): (text: string) => boolean {
  return (text) => pattern.test(text)
}

const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map(
  [
    ['bsonobjectid', matching(/^[0-9a-f]{24}$/i)],
    ['uri', isRequestUri],
    ['email', matching(/^(?:[^<>@\s,;:"()[\]\\]+@[^<>@\s,;:"()[\]\\]+|[^<>]*<[^<>@\s]+@[^<>@\s]+>)$/)],
    ['hostname', isHostname],
    ['ipv4', isIPv4Text],
    ['ipv6', (text: string) => isIPv6(text) && !text.includes('%')],
    ['cidr', isCidr],
    ['mac', isMac],
    ['uuid', uuid(`${HEX}{4}`, `${HEX}{4}`)],
    ['uuid3', uuid(`3${HEX}{3}`, `${HEX}{4}`)],
    ['uuid4', uuid(`4${HEX}{3}`, `[89ab]${HEX}{3}`)],
    ['uuid5', uuid(`5${HEX}{3}`, `[89ab]${HEX}{3}`)],
    ['isbn', (text: string) => isIsbn10(text) || isIsbn13(text)],
    ['isbn10', isIsbn10],
    ['isbn13', isIsbn13],
    ['creditcard', isCreditCard],
    ['ssn', (text: string) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text)],
    ['hexcolor', matching(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)],
    ['rgbcolor', isRgbColor],
    ['byte', matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/)],
    ['password', () => true],
    ['date', isDate],
    ['duration', isDuration],
    ['datetime', isDateTime],
    ['k8sshortname', (text: string) => text.length <= 63 && new RegExp(`^${SHORT_NAME}$`).test(text)],
    [
      'k8slongname',
      (text: string) => text.length <= 253 && new RegExp(`^${SHORT_NAME}(\\.${SHORT_NAME})*$`).test(text),
    ],
  ].map(([name, test]) => [
    name as string,
    test instanceof RegExp ? matching(test) : (test as (text: string) => boolean),
  ]),
)

function normalized(format: string): string {
  return format.replaceAll('-', '')
}

/** The format a value of this schema has to have; '' when it names none, or one that is not enforced. */
export function supportedFormat(schema: Schema): string {
  const { format = '', type = '' } = schema
  if (format === '') return ''
  if (schema['x-kubernetes-int-or-string'] === true) return ''
  switch (type) {
    case '':
    case 'string':
      return FORMATS.has(normalized(format)) ? format : ''
    case 'integer':
      return format === 'int32' || format === 'int64' ? format : ''
    case 'number':
      return format === 'float' || format === 'double' ? format : ''
    default:
      return ''
  }
}

/** True too for formats that are none of a string. */
export function isOfFormat(text: string, format: string): boolean {
  return FORMATS.get(normalized(format))?.(text) ?? true
}

/** Go's url.ParseRequestURI: an absolute URI or an absolute path. */
function isRequestUri(text: string): boolean {
  if (text === '' || /[\u0000-\u001f\u007f]/.test(text) || /%(?![0-9a-fA-F]{2})/.test(text)) return false
  if (text.startsWith('/') || text === '*') return !text.startsWith('//') || !/[ ]/.test(text)
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(text)
  if (scheme === null) return false
  const rest = text.slice(scheme[0].length)
  if (!rest.startsWith('//')) return rest !== ''
  const authority = rest.slice(2).split(/[/?#]/, 1)[0] ?? ''
  const host = authority.replace(/^[^@]*@/, '')
  return /^(\[[^[\]]*\]|[^[\]:]*)(:\d*)?$/.test(host) && !/[ <>"{}|\\^`]/.test(authority)
}

function isHostname(text: string): boolean {
  return text.length <= 255 && HOSTNAME.test(text) && text.split('.').every((part) => Buffer.byteLength(part) <= 63)
}

/** Leading zeros are let through, as the server's own parser does. */
function isIPv4Text(text: string): boolean {
  if (isIPv4(text)) return true
  const parts = text.split('.')
  if (parts.length === 4 && parts.every((part) => /^\d+$/.test(part) && Number(part) <= 255)) return true
  return text.includes('.') && isIPv6(text)
}

function isCidr(text: string): boolean {
  const slash = text.lastIndexOf('/')
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)]
  if (slash < 0 || !/^\d{1,3}$/.test(bits)) return false
  if (isIPv6(address)) return Number(bits) <= 128
  return isIPv4Text(address) && Number(bits) <= 32
}

function isMac(text: string): boolean {
  for (const [separator, digits, lengths] of [
    [':', 2, [6, 8, 20]],
    ['-', 2, [6, 8, 20]],
    ['.', 4, [3, 4, 10]],
  ] as const) {
    const parts = text.split(separator)
    if (lengths.some((length) => length === parts.length)) {
      return parts.every((part) => part.length === digits && /^[0-9a-fA-F]+$/.test(part))
    }
  }
  return false
}

function isRgbColor(text: string): boolean {
  const parts = /^rgb\(\s*([0-9]+)\s*,\s*([0-9]+)\s*,\s*([0-9]+)\s*\)$/.exec(text)
  return parts !== null && parts.slice(1).every((part) => /^(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])$/.test(part))
}
