// Numbers of record types, classes, opcodes and response codes, and their mnemonics. Source: IANA DNS parameters.

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  DS: 43,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const

/** Types without a rule of their own here, so that tools can name them. */
const OTHER_TYPES: readonly (readonly [string, number])[] = [
  ['HINFO', 13],
  ['RP', 17],
  ['AFSDB', 18],
  ['SIG', 24],
  ['KEY', 25],
  ['LOC', 29],
  ['NAPTR', 35],
  ['CERT', 37],
  ['DNAME', 39],
  ['APL', 42],
  ['SSHFP', 44],
  ['IPSECKEY', 45],
  ['RRSIG', 46],
  ['NSEC', 47],
  ['DNSKEY', 48],
  ['DHCID', 49],
  ['NSEC3', 50],
  ['NSEC3PARAM', 51],
  ['TLSA', 52],
  ['CDS', 59],
  ['CDNSKEY', 60],
  ['SVCB', 64],
  ['SPF', 99],
  ['TKEY', 249],
  ['TSIG', 250],
  ['URI', 256],
  ['CAA', 257],
]

const NUMBER_BY_NAME: ReadonlyMap<string, number> = new Map([...Object.entries(TYPE), ...OTHER_TYPES])
const NAME_BY_NUMBER: ReadonlyMap<number, string> = new Map([...NUMBER_BY_NAME].map(([name, number]) => [number, name]))

/** `AAAA`, or RFC 3597's `TYPE1234`. */
export function typeName(type: number): string {
  return NAME_BY_NUMBER.get(type) ?? `TYPE${type}`
}

/** The number of a mnemonic in any case, `TYPE1234` included; undefined when there is no such type. */
export function typeNumber(name: string): number | undefined {
  const upper = name.toUpperCase()
  const known = NUMBER_BY_NAME.get(upper)
  if (known !== undefined) return known
  const generic = /^TYPE(\d{1,5})$/.exec(upper)
  const number = generic === null ? undefined : Number(generic[1])
  return number !== undefined && number <= 0xffff ? number : undefined
}

export const CLASS_IN = 1

const CLASS_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'IN'],
  [2, 'CS'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY'],
])

export function className(number: number): string {
  return CLASS_NAMES.get(number) ?? `CLASS${number}`
}

/** The number of a class's mnemonic, upper case. */
export function classNumber(name: string): number | undefined {
  for (const [number, known] of CLASS_NAMES) if (known === name) return number
  return undefined
}

export const OPCODE = { QUERY: 0, NOTIFY: 4 } as const

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const

const RCODE_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  ...Object.entries(RCODE).map(([name, number]): readonly [number, string] => [number, name]),
  [6, 'YXDOMAIN'],
  [7, 'YXRRSET'],
  [8, 'NXRRSET'],
  [9, 'NOTAUTH'],
  [10, 'NOTZONE'],
])

/** `NXDOMAIN`, or `RCODE11`. */
export function rcodeName(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`
}

/** The number of a response code's mnemonic in any case. */
export function rcodeNumber(name: string): number | undefined {
  const upper = name.toUpperCase()
  for (const [number, known] of RCODE_NAMES) if (known === upper) return number
  return undefined
}
