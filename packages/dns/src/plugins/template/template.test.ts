// Go's template language, as far as `template` has it, and Go's regular expressions: each row one text and what it makes.

import { expect, test } from 'vitest'
import { goRegexp } from '../go-regexp.ts'
import { ask, said, world } from '../plugin-world.suite.ts'
import { TemplateFailure } from './go-template-functions.ts'
import { compileTemplate, GoStruct } from './go-template-run.ts'

const DATA = new GoStruct([
  ['Name', 'ip-10-1.test.'],
  ['Match', ['ip-10-1', '10', '1']],
  [
    'Group',
    new Map([
      ['a', '10'],
      ['b', '1'],
    ]),
  ],
  ['Message', new GoStruct([['Id', 7n]])],
  ['Meta', () => ''],
  ['None', []],
])

test.each([
  ['{{ .Name }}', 'ip-10-1.test.'],
  ['a {{- .Name -}} b', 'aip-10-1.test.b'],
  ['{{/* nothing */}}x', 'x'],
  ['{{ .Group.a }} {{ index .Group "b" }} {{ index .Match 1 }}', '10 1 10'],
  ['{{ .Group.missing }}|{{ index .Group "missing" }}', '<no value>|'],
  ['{{ if eq .Group.a "10" "11" }}yes{{ else }}no{{ end }}', 'yes'],
  ['{{ if .None }}a{{ else if eq 1 2 }}b{{ else }}c{{ end }}', 'c'],
  ['{{ with .Group.a }}{{ . }}{{ $.Name }}{{ end }}', '10ip-10-1.test.'],
  ['{{ range $i, $m := .Match }}{{ if $i }},{{ end }}{{ $m }}{{ end }}', 'ip-10-1,10,1'],
  ['{{ range .None }}x{{ else }}empty{{ end }}', 'empty'],
  ['{{ range .Match }}{{ if eq . "10" }}{{ break }}{{ end }}{{ . }};{{ end }}', 'ip-10-1;'],
  ['{{ $x := index .Match 2 }}{{ $x = printf "%s!" $x }}{{ $x }}', '1!'],
  ['{{ parseInt "ff" 16 8 }} {{ printf "%x" (parseInt .Group.a 10 32) }} {{ parseInt "0x1f" 0 0 }}', '255 a 31'],
  [
    '{{ printf "%03d %5s|%-5s| %q %t %08b %v" 7 "ab" "cd" "e" true 5 .Match }}',
    '007    ab|cd   | "e" true 00000101 [ip-10-1 10 1]',
  ],
  ['{{ printf "%d %s" "x" }}', '%!d(string=x) %!s(MISSING)'],
  ['{{ .Group.a | printf "%s-%s" "x" }}', 'x-10'],
  ['{{ len .Match }} {{ len "abc" }} {{ slice "abcdef" 1 3 }}', '3 3 bc'],
  ['{{ and .Name .None }} {{ or .None "fallback" }} {{ not true }}', '[] fallback false'],
  ['{{ if and (lt 1 2) (ge 3 3) (ne "a" "b") }}ok{{ end }}', 'ok'],
  ['{{ (index .Match 0) | len }} {{ .Message.Id }} [{{ .Meta "a/b" }}]', '7 7 []'],
  ['{{ print 1 2 "a" "b" 3 }} {{ html "<a>" }} {{ urlquery "a b&c" }}', '1 2ab3 &lt;a&gt; a+b%26c'],
  ["{{ `raw\\n` }} {{ 'A' }} {{ 0x10 }} {{ 1.5 }}", 'raw\\n 65 16 1.5'],
])('template %s', (text, expected) => {
  const template = compileTemplate('answer', text)
  if (typeof template !== 'function') throw new TypeError(template.problem)
  expect(template(DATA)).toBe(expected)
})

test.each([
  ['{{ shout .Name }}', 'template: answer:1: function "shout" not defined'],
  ['{{ if .Name }}x', 'template: answer:1: unexpected EOF'],
  ['{{ end }}', 'template: answer:1: unexpected {{end}}'],
  ['\n{{ .Name', 'template: answer:2: unclosed action'],
  ['{{ $x }}', 'template: answer:1: undefined variable "$x"'],
  ['{{ }}', 'template: answer:1: missing value for command'],
  ['{{ "open }}', 'template: answer:1: unterminated quoted string'],
  ['{{ break }}', 'template: answer:1: {{break}} outside {{range}}'],
])('template refused: %s', (text, problem) => {
  expect(compileTemplate('answer', text)).toEqual({ problem })
})

test.each([
  '{{ .Nope }}',
  '{{ index .Match 9 }}',
  '{{ parseInt "xyz" 10 8 }}',
  '{{ parseInt "300" 10 8 }}',
  '{{ lt 1 "a" }}',
])('template fails: %s', (text) => {
  const template = compileTemplate('answer', text)
  if (typeof template !== 'function') throw new TypeError(template.problem)
  let failure: unknown
  try {
    template(DATA)
  } catch (error) {
    failure = error
  }
  expect(failure).toBeInstanceOf(TemplateFailure)
})

test.each([
  ['^ip-(?P<a>\\d+)[.]', 'ip-12.', ['ip-12.', '12']],
  ['(?i)^WWW', 'www.', ['www']],
  ['\\Awww\\z', 'www', ['www']],
  ['^[[:alpha:]-]+$', 'a-b', ['a-b']],
  ['^\\Qa.b\\E$', 'a.b', ['a.b']],
  ['[]a]+', ']a]', [']a]']],
])('regular expression %s', (text, subject, expected) => {
  const regexp = goRegexp(text)
  if ('problem' in regexp) throw new TypeError(regexp.problem)
  expect([...(regexp.pattern.exec(subject) ?? [])]).toEqual(expected)
})

test.each([
  ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
  ['(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
  ['(a', 'error parsing regexp: missing closing ): `(a`'],
  ['a)', 'error parsing regexp: unexpected ): `a)`'],
  ['[a', 'error parsing regexp: missing closing ]: `[a`'],
  ['a\\', 'error parsing regexp: trailing backslash at end of expression: ``'],
])('regular expression refused: %s', (text, problem) => {
  expect(goRegexp(text)).toEqual({ problem })
})

test.each([
  {
    name: 'hexadecimal labels become an address',
    body: 'match "^ip([0-9a-f]{2})([0-9a-f]{2})[.]test[.]$"\n answer "{{ .Name }} 60 IN A 10.0.{{ parseInt (index .Match 1) 16 8 }}.{{ parseInt (index .Match 2) 16 8 }}"',
    query: 'ip0aff.test.',
    expected: ['NOERROR', 'ip0aff.test. 60 IN A 10.0.10.255'],
  },
  {
    name: 'no match without fallthrough ends here',
    body: 'match ^never$\n answer "x"',
    query: 'a.test.',
    expected: ['SERVFAIL'],
  },
  { name: 'a failing template', body: 'answer "{{ index .Match 9 }}"', query: 'a.test.', expected: ['SERVFAIL'] },
  {
    name: 'the error goes with the reply',
    body: 'rcode NXDOMAIN\n ederror 21 "Not here"',
    query: 'a.test.',
    expected: ['NXDOMAIN'],
  },
])('$name', async ({ body, query, expected }) => {
  const { server } = world(`. {\n template IN A test {\n ${body}\n }\n forward . 192.0.2.53\n}`)
  const reply = await ask(server, query)
  expect(said(reply)).toEqual(expected)
  if (body.includes('ederror'))
    expect(Buffer.from(reply.edns?.options[0]?.data ?? []).toString()).toBe('\0\x15Not here')
})
