// Links in a web page, changed so that they lead through the proxy. Which attributes of which elements are links, and that the
// insides of script, style and their like are not looked at: apimachinery util/proxy/transport.go (rewriteHTML), Go's html tokenizer.
// Departure: elements without a changed link stay as they are, byte for byte; Go writes every start tag anew.

const LINKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['a', ['href']],
  ['applet', ['codebase']],
  ['area', ['href']],
  ['audio', ['src']],
  ['base', ['href']],
  ['blockquote', ['cite']],
  ['body', ['background']],
  ['button', ['formaction']],
  ['command', ['icon']],
  ['del', ['cite']],
  ['embed', ['src']],
  ['form', ['action']],
  ['frame', ['longdesc', 'src']],
  ['head', ['profile']],
  ['html', ['manifest']],
  ['iframe', ['longdesc', 'src']],
  ['img', ['longdesc', 'src', 'usemap']],
  ['input', ['src', 'usemap', 'formaction']],
  ['ins', ['cite']],
  ['link', ['href']],
  ['object', ['classid', 'codebase', 'data', 'usemap']],
  ['q', ['cite']],
  ['script', ['src']],
  ['source', ['src']],
  ['video', ['poster', 'src']],
])

/** Elements whose inside is text up to their end tag. */
const RAW_TEXT: ReadonlySet<string> = new Set([
  'iframe',
  'noembed',
  'noframes',
  'noscript',
  'plaintext',
  'script',
  'style',
  'textarea',
  'title',
  'xmp',
])

// A comment, a declaration, an end tag, or a start tag up to its name.
const MARKUP = /<!--[\s\S]*?(?:-->|$)|<[!?/][^>]*>?|<([a-z][^\s/>]*)/gi
// One attribute: a name, perhaps a value in either quotes or none.
const ATTRIBUTE = /([^\s/>][^\s=/>]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']*))?/y
const BLANK = /[\s/]*/y

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

function unescape(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|([a-z]+));/gi, (entity, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES.get(name) ?? entity
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : entity
  })
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ["'", '&#39;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&#34;'],
  ['\r', '&#13;'],
])

function escape(text: string): string {
  return text.replaceAll(/[&'<>"\r]/g, (character) => ESCAPES.get(character) ?? character)
}

interface Tag {
  /** What stands in its place. */
  readonly text: string
  readonly end: number
}

/** A start tag from behind its name to its `>`. */
function rewriteTag(html: string, from: number, links: readonly string[], rewrite: (url: string) => string): Tag {
  let text = ''
  let position = from
  for (;;) {
    BLANK.lastIndex = position
    BLANK.test(html)
    text += html.slice(position, BLANK.lastIndex)
    position = BLANK.lastIndex
    ATTRIBUTE.lastIndex = position
    const found = position >= html.length || html[position] === '>' ? null : ATTRIBUTE.exec(html)
    if (found === null) return { text: text + html.slice(position, position + 1), end: position + 1 }
    const [whole, name = '', quoted] = found
    position = ATTRIBUTE.lastIndex
    if (quoted === undefined || !links.includes(name.toLowerCase())) {
      text += whole
      continue
    }
    const value = unescape(/^["']/.test(quoted) ? quoted.slice(1, -1) : quoted)
    const changed = rewrite(value)
    text += changed === value ? whole : `${name}="${escape(changed)}"`
  }
}

export function rewriteHtml(html: string, rewrite: (url: string) => string): string {
  let text = ''
  let position = 0
  MARKUP.lastIndex = 0
  for (let found = MARKUP.exec(html); found !== null; found = MARKUP.exec(html)) {
    const name = found[1]?.toLowerCase()
    if (name === undefined) continue
    text += html.slice(position, MARKUP.lastIndex)
    const tag = rewriteTag(html, MARKUP.lastIndex, LINKS.get(name) ?? [], rewrite)
    text += tag.text
    position = tag.end
    if (RAW_TEXT.has(name)) {
      const end = html.slice(position).search(new RegExp(`</${name}[\\s/>]`, 'i'))
      const inside = end < 0 ? html.slice(position) : html.slice(position, position + end)
      text += inside
      position += inside.length
    }
    MARKUP.lastIndex = position
  }
  return text + html.slice(position)
}
