import { describe, expect, it } from 'vitest'
import {
  configKey,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  environmentName,
  labelValue,
  pathSegmentName,
  portName,
  qualifiedName,
} from './names.ts'

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

describe('names', () => {
  it.each<[string, (value: string) => readonly string[], string, readonly string[]]>([
    ['label', dnsLabel, 'web-1', []],
    ['label of 63', dnsLabel, 'a'.repeat(63), []],
    ['label of 64', dnsLabel, 'a'.repeat(64), ['must be no more than 63 characters']],
    ['label upper case', dnsLabel, 'Web', [LABEL]],
    ['label with dots', dnsLabel, 'a.b', ['must not contain dots']],
    ['label empty', dnsLabel, '', [LABEL]],
    ['subdomain', dnsSubdomain, 'a.b-c.d', []],
    ['subdomain of 254', dnsSubdomain, 'a'.repeat(254), ['must be no more than 253 characters']],
    ['subdomain double dot', dnsSubdomain, 'a..b', [SUBDOMAIN]],
    [
      '1035 starts with a digit',
      dns1035Label,
      '1a',
      [expect.stringContaining('a DNS-1035 label must') as unknown as string],
    ],
    ['path segment', pathSegmentName, 'a:b', []],
    ['path segment dot', pathSegmentName, '..', ["may not be '..'"]],
    ['path segment slash and percent', pathSegmentName, 'a/b%', ["may not contain '/'", "may not contain '%'"]],
    ['key', qualifiedName, 'example.com/My_name', []],
    ['key syntax', qualifiedName, 'a b', [NAME_PART]],
    ['key prefix', qualifiedName, 'A_/b', [`prefix part ${SUBDOMAIN}`]],
    ['key without name', qualifiedName, 'a.b/', ['name part must be non-empty', NAME_PART]],
    ['key too long', qualifiedName, 'a'.repeat(64), ['name part must be no more than 63 bytes']],
    ['label value empty', labelValue, '', []],
    ['label value', labelValue, 'x y', [VALUE]],
    ['label value too long', labelValue, 'x'.repeat(64), ['must be no more than 63 bytes']],
    ['port name', portName, 'http', []],
    ['port name too long', portName, 'abcdefghijklmnop', ['must be no more than 15 characters']],
    ['port name digits', portName, '1-2', ['must contain at least one letter (a-z)']],
    ['port name double hyphen', portName, 'a--b', ['must not contain consecutive hyphens']],
    ['port name leading hyphen', portName, '-a', ['must not begin or end with a hyphen']],
    [
      'port name upper case',
      portName,
      'HTTP',
      [
        'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'must contain at least one letter (a-z)',
      ],
    ],
    ['config key', configKey, '__proto__', []],
    ['config key dots', configKey, '..', ["must not be '..'"]],
    ['variable', environmentName, 'a.b-c d', []],
    [
      'variable with =',
      environmentName,
      'A=B',
      ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
    ],
  ])('%s', (_, check, value, problems) => {
    expect(check(value)).toEqual(problems)
  })
})
