// `rewrite edns0 …`: puts options into the OPT record of the query on its way on, changes or removes them: a local option with
// a value or a variable, nsid, or the client's subnet. With `revert` the reply has what the client sent.
// Source: CoreDNS plugin/rewrite/edns0.go.

import { addressFamily, ipv4Bytes, ipv6Bytes, type Edns, type EdnsOption } from '../../wire/index.ts'
import { ruleError, type ReplyStep, type RewriteState, type Rule } from './rule.ts'

const NSID = 3
const SUBNET = 8
const ACTIONS: ReadonlySet<string> = new Set(['append', 'replace', 'set', 'unset'])

/** The option's bytes; undefined when there is nothing to write. */
type OptionData = (state: RewriteState) => Uint8Array | undefined

interface OptionRule {
  readonly code: number
  readonly data: OptionData
  /** Variables and subnets leave an option that is there alone when told to append. */
  readonly appendsTwice: boolean
}

export function ednsRule(args: readonly string[], stop: boolean): Rule {
  if (args.length < 2) throw ruleError('too few arguments for an EDNS0 rule')
  const [type = '', action = ''] = args.map((word) => word.toLowerCase())
  if (!ACTIONS.has(action)) throw ruleError(`invalid action: "${action}"`)
  if (action === 'unset') return unsetRule(type, args, stop)
  const revert = args.at(-1) === 'revert'
  const rule = optionRule(type, revert ? args.slice(0, -1) : args)
  return {
    stop,
    ...(type === 'local' ? { optionCode: rule.code } : {}),
    apply: (state) => {
      const { question } = state
      const data = rule.data(state)
      if (data === undefined) return undefined
      const edns = state.edns ?? NO_OPT
      const place = edns.options.findIndex((option) => option.code === rule.code)
      const old = edns.options[place]
      const option = { code: rule.code, data }
      if (old !== undefined && action !== 'append') {
        const steps = revert ? [backStep(rule.code, old)] : []
        return { question, edns: { ...edns, options: edns.options.with(place, option) }, steps }
      }
      if (action === 'replace' || (old !== undefined && !rule.appendsTwice)) return undefined
      const steps = revert ? [backStep(rule.code, undefined)] : []
      return { question, edns: { ...edns, options: [...edns.options, option] }, steps }
    },
  }
}

const NO_OPT: Edns = { udpSize: 4096, version: 0, dnssecOk: false, options: [] }

function backStep(code: number, old: EdnsOption | undefined): ReplyStep {
  return {
    kind: 'option',
    change: (edns) => {
      const place = edns.options.findIndex((option) => option.code === code)
      if (place < 0) return edns
      const options = old === undefined ? edns.options.toSpliced(place, 1) : edns.options.with(place, old)
      return { ...edns, options }
    },
  }
}

function unsetRule(type: string, args: readonly string[], stop: boolean): Rule {
  const code = codeToUnset(type, args)
  return {
    stop,
    ...(type === 'local' ? { optionCode: code } : {}),
    apply: ({ question, edns = NO_OPT }) => {
      return { question, edns: { ...edns, options: edns.options.filter((option) => option.code !== code) }, steps: [] }
    },
  }
}

function codeToUnset(type: string, args: readonly string[]): number {
  switch (type) {
    case 'local':
      if (args.length !== 3) throw ruleError('local unset action requires exactly two arguments')
      return number16(args[2] ?? '')
    case 'nsid':
      if (args.length !== 2) throw ruleError('nsid unset action requires exactly one argument')
      return NSID
    case 'subnet':
      if (args.length !== 2) throw ruleError('subnet unset action requires exactly one argument')
      return SUBNET
    default:
      throw ruleError(`invalid rule type "${type}"`)
  }
}

function optionRule(type: string, args: readonly string[]): OptionRule {
  const [, , first = '', second = ''] = args
  switch (type) {
    case 'local': {
      if (args.length !== 4) throw ruleError('EDNS0 local rules require three or four args')
      const code = number16(first)
      if (/^\{.*\}$/.test(second)) return { code, data: variable(second), appendsTwice: false }
      const data = literal(second)
      return { code, data: () => data, appendsTwice: true }
    }
    case 'nsid':
      if (args.length !== 2) throw ruleError('EDNS0 NSID rules can accept no more than one arg')
      return { code: NSID, data: () => new Uint8Array(), appendsTwice: true }
    case 'subnet': {
      if (args.length !== 4) throw ruleError('EDNS0 subnet rules require three or four args')
      const [length4, length6] = [maskLength(first, 32, 'IPv4'), maskLength(second, 128, 'IPv6')]
      return {
        code: SUBNET,
        data: ({ request }) => subnet(request.from.address, length4, length6),
        appendsTwice: false,
      }
    }
    default:
      throw ruleError(`invalid rule type "${type}"`)
  }
}

/** As Go's ParseUint reads it with base 0: `0xffee`, `0b1`, `017`, `65001`. */
function number16(text: string): number {
  const octal = /^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text
  const value = /^(0x[0-9a-f]+|0o[0-7]+|0b[01]+|[1-9]\d*|0)$/i.test(octal) ? Number(octal) : NaN
  if (Number.isNaN(value)) throw ruleError(`strconv.ParseUint: parsing "${text}": invalid syntax`)
  if (value > 0xffff) throw ruleError(`strconv.ParseUint: parsing "${text}": value out of range`)
  return value
}

function literal(text: string): Uint8Array {
  if (!text.startsWith('0x')) return new Uint8Array(Buffer.from(text, 'utf8'))
  const digits = text.slice(2)
  const wrong = /[^0-9a-fA-F]/.exec(digits)?.[0]
  if (wrong !== undefined) throw ruleError(`encoding/hex: invalid byte: U+${hex4(wrong)} '${wrong}'`)
  if (digits.length % 2 !== 0) throw ruleError('encoding/hex: odd length hex string')
  return new Uint8Array(Buffer.from(digits, 'hex'))
}

function hex4(char: string): string {
  return char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
}

function maskLength(text: string, most: number, family: string): number {
  const length = number16(text)
  if (length > most) throw ruleError(`invalid ${family} bit mask length ${length}`)
  return length
}

const VARIABLES: ReadonlyMap<string, OptionData> = new Map<string, OptionData>([
  ['{qname}', ({ question }) => bytesOf(question.name)],
  ['{qtype}', ({ question }) => pair(question.type)],
  ['{client_ip}', ({ request }) => addressBytes(request.from.address)],
  ['{client_port}', ({ request }) => pair(request.from.port)],
  ['{protocol}', ({ request }) => bytesOf(request.protocol)],
  ['{server_ip}', ({ localAddress }) => (localAddress === undefined ? undefined : addressBytes(localAddress))],
  ['{server_port}', ({ request }) => pair(request.port)],
])

/** Labels of metadata are allowed and have no value: that plugin is not built. */
function variable(text: string): OptionData {
  const known = VARIABLES.get(text)
  if (known !== undefined) return known
  if (/^\{[^{}/]+\/[^{}]+\}$/.test(text)) return () => undefined
  throw ruleError(`unsupported variable name "${text}"`)
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'))
}

function pair(value: number): Uint8Array {
  return Uint8Array.from([value >> 8, value & 255])
}

function addressBytes(address: string): Uint8Array {
  return Uint8Array.from(addressFamily(address) === 6 ? ipv6Bytes(address) : ipv4Bytes(address))
}

/** RFC 7871: family, source and scope length, and as much of the address. */
function subnet(address: string, length4: number, length6: number): Uint8Array {
  const isIpv6 = addressFamily(address) === 6
  const length = isIpv6 ? length6 : length4
  const bytes = addressBytes(address).subarray(0, Math.ceil(length / 8))
  if (length % 8 !== 0) bytes.set([(bytes.at(-1) ?? 0) & (0xff00 >> (length % 8))], bytes.length - 1)
  return Uint8Array.from([0, isIpv6 ? 2 : 1, length, 0, ...bytes])
}
