// Backslash escapes of echo -e, printf and tr: \n \t \\ \0nnn \xhh \e and so on; `\c` stops the output.

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['e', '\x1b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
])

/** @param zeroOctal octal numbers start with 0 (`echo`, `%b`); otherwise any one to three digits (`printf`) */
export function expandEscapes(text: string, zeroOctal: boolean): { readonly text: string; readonly stop: boolean } {
  let result = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    const next = text.charAt(at + 1)
    if (char !== '\\' || next === '') {
      result += char
      continue
    }
    const simple = SIMPLE.get(next)
    const rest = text.slice(at + 1)
    const octal = (zeroOctal ? /^0([0-7]{0,3})/ : /^([0-7]{1,3})/).exec(rest)
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)
    const unicode = /^u([0-9a-fA-F]{1,4})/.exec(rest)
    if (next === 'c') return { text: result, stop: true }
    if (simple !== undefined) {
      result += simple
      at++
    } else if (octal !== null) {
      result += String.fromCharCode(Number.parseInt(octal[1] === '' ? '0' : (octal[1] ?? '0'), 8) & 255)
      at += octal[0].length
    } else if (hex !== null) {
      result += String.fromCharCode(Number.parseInt(hex[1] ?? '0', 16))
      at += hex[0].length
    } else if (unicode !== null) {
      result += String.fromCodePoint(Number.parseInt(unicode[1] ?? '0', 16))
      at += unicode[0].length
    } else result += char
  }
  return { text: result, stop: false }
}
