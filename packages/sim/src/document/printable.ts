// Texts of other people on a terminal: titles, answers of servers, output of programs. Control characters are shown, not obeyed: one of
// them could clear the screen, or write over the line that says FAILED.

const CONTROLS = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}]/gu
const HALF_PAIRS = /[\uD800-\uDFFF]/gu

/** Line breaks and tabs stay. */
export function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll(HALF_PAIRS, '\uFFFD')
}

/** For a title in a table. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ').trim())
}
