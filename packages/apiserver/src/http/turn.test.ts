import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { macrotask } from '@podwire/engine'
import { Turn } from './turn.ts'

/** A response whose connection keeps what it is sent. */
function response(): { readonly response: ServerResponse; readonly sent: () => string } {
  const connection = new PassThrough()
  const made = new ServerResponse(new IncomingMessage(new Socket()))
  // A response asks no more of its connection than to be written to.
  made.assignSocket(connection as unknown as Socket)
  return { response: made, sent: () => String(connection.read() ?? '') }
}

const ok = (body: string): { code: number; head: Record<string, string | number>; body: string } => ({
  code: 200,
  head: { 'content-length': body.length },
  body,
})

describe('one turn', () => {
  test('its answers go out at its end', async () => {
    const turn = new Turn(() => expect.unreachable())
    const [one, two] = [response(), response()]
    turn.answer({ response: one.response, ...ok('one') })
    turn.answer({ response: two.response, ...ok('two') })
    expect([one.sent(), two.sent()]).toEqual(['', ''])
    await macrotask()
    expect(one.sent()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\none$/)
    expect(two.sent()).toMatch(/two$/)
  })

  test('works its requests off in their order, then writes the answers', async () => {
    const turn = new Turn(() => expect.unreachable())
    const { response: only, sent } = response()
    const seen: string[] = []
    turn.request(() => seen.push('first'))
    turn.request(() => {
      seen.push(`second, ${sent().length} bytes sent`)
      turn.answer({ response: only, ...ok('answer') })
    })
    turn.request(() => seen.push(`third, ${sent().length} bytes sent`))
    expect(seen).toEqual([])
    await macrotask()
    expect(seen).toEqual(['first', 'second, 0 bytes sent', 'third, 0 bytes sent'])
    expect(sent()).toMatch(/answer$/)
  })

  test('ends earlier when it is told to, and answers once', async () => {
    const turn = new Turn(() => expect.unreachable())
    const { response: only, sent } = response()
    turn.answer({ response: only, ...ok('first') })
    turn.answer({ response: only, ...ok('second') })
    turn.end()
    await macrotask()
    expect(sent()).toMatch(/\r\n\r\nfirst$/)
  })

  test('an answer that cannot be written cuts its own connection off, and no other', async () => {
    const errors: unknown[] = []
    const turn = new Turn((error) => errors.push(error))
    const [bad, good] = [response(), response()]
    turn.answer({ response: bad.response, ...ok('bad'), head: { warning: 'a\nb' } })
    turn.answer({ response: good.response, ...ok('good') })
    await macrotask()
    expect(errors).toMatchObject([{ code: 'ERR_INVALID_CHAR' }])
    expect(bad.response.destroyed).toBe(true)
    expect(good.sent()).toMatch(/good$/)
  })
})
