// SPDY/3 header blocks: names and values compressed with zlib against a fixed dictionary, one context a direction and connection.
// Every block ends at a sync flush, so each is inflated on its own with what came before it as dictionary: no stream is needed.
// Source: SPDY Protocol Draft 3.1, 2.6.10.

import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { PodwireError } from '@podwire/engine'

/** The dictionary's names, each preceded by its length. */
const NAMES =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow ' +
  'authorization cache-control connection content-base content-encoding content-language content-length ' +
  'content-location content-md5 content-range content-type date etag expect expires from host if-match ' +
  'if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma ' +
  'proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade ' +
  'user-agent vary via warning www-authenticate method get status 200\u00a0OK version HTTP/1.1 url public set-cookie ' +
  'keep-alive origin'

/** The dictionary's tail, without lengths. */
const TAIL =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505' +
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized' +
  '403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable' +
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT' +
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,' +
  'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.'

function sized(text: string): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(text.length)
  return Buffer.concat([size, Buffer.from(text, 'latin1')])
}

export const SPDY_DICTIONARY: Buffer = Buffer.concat([
  ...NAMES.split(' ').map((name) => sized(name.replace('\u00a0', ' '))),
  Buffer.from(TAIL, 'latin1'),
])

// Compression method and window, the flag for a preset dictionary, and the dictionary's Adler-32.
const ZLIB_HEADER = Buffer.from('78bbe3c6a7c2', 'hex')
const WINDOW_BYTES = 32 * 1024
/** A block inflating to more than this is an attack, not headers. */
const BLOCK_LIMIT_BYTES = 1024 * 1024

/** Reads the header blocks of one direction, in order. */
export class HeaderReader {
  #window: Buffer = SPDY_DICTIONARY
  #first = true

  /** @throws PodwireError for what is no header block, or inflates to more than headers do */
  read(block: Buffer): ReadonlyMap<string, string> {
    const raw = this.#first ? block.subarray(ZLIB_HEADER.length) : block
    this.#first = false
    const plain = this.#inflate(raw)
    const history = Buffer.concat([this.#window, plain])
    this.#window = history.subarray(Math.max(0, history.length - WINDOW_BYTES))
    return parseHeaders(plain)
  }

  #inflate(raw: Buffer): Buffer {
    try {
      return inflateRawSync(raw, {
        dictionary: this.#window,
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: BLOCK_LIMIT_BYTES,
      })
    } catch (error) {
      throw new PodwireError('read a SPDY header block', error instanceof Error ? error.message : String(error))
    }
  }
}

function parseHeaders(plain: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  let position = 4
  const text = (): string => {
    if (position + 4 > plain.length) throw truncated()
    const length = plain.readUInt32BE(position)
    position += 4 + length
    if (position > plain.length) throw truncated()
    return plain.toString('latin1', position - length, position)
  }
  if (plain.length < 4) throw truncated()
  const count = plain.readUInt32BE(0)
  if (count > plain.length) throw truncated()
  for (let left = count; left > 0; left--) {
    const name = text()
    headers.set(name.toLowerCase(), text())
  }
  return headers
}

function truncated(): PodwireError {
  return new PodwireError('read a SPDY header block', 'it ends before its last header')
}

/** Writes the header blocks of one direction. Nothing is referred back to, so every block is valid in any context. */
export class HeaderWriter {
  #first = true

  write(headers: ReadonlyMap<string, string>): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(headers.size)
    const pairs = [...headers].flatMap(([name, value]) => [sized(name), sized(value)])
    const raw = deflateRawSync(Buffer.concat([count, ...pairs]), { finishFlush: constants.Z_SYNC_FLUSH })
    const block = this.#first ? Buffer.concat([ZLIB_HEADER, raw]) : raw
    this.#first = false
    return block
  }
}
