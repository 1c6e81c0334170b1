import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { macrotask } from '@podwire/engine'
import { AnswerBatch } from './answer-batch.ts'

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

describe('answers of one turn', () => {
  test('go out at its end', async () => {
    const batch = new AnswerBatch(() => expect.unreachable())
    const [one, two] = [response(), response()]
    batch.add({ response: one.response, ...ok('one') })
    batch.add({ response: two.response, ...ok('two') })
    expect([one.sent(), two.sent()]).toEqual(['', ''])
    await macrotask()
    expect(one.sent()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\none$/)
    expect(two.sent()).toMatch(/two$/)
  })

  test('go out earlier when they are told to, and once', async () => {
    const batch = new AnswerBatch(() => expect.unreachable())
    const { response: only, sent } = response()
    batch.add({ response: only, ...ok('first') })
    batch.add({ response: only, ...ok('second') })
    batch.flush()
    await macrotask()
    expect(sent()).toMatch(/\r\n\r\nfirst$/)
  })

  test('one that cannot be written cuts its own connection off, and no other', async () => {
    const errors: unknown[] = []
    const batch = new AnswerBatch((error) => errors.push(error))
    const [bad, good] = [response(), response()]
    batch.add({ response: bad.response, ...ok('bad'), head: { warning: 'a\nb' } })
    batch.add({ response: good.response, ...ok('good') })
    await macrotask()
    expect(errors).toMatchObject([{ code: 'ERR_INVALID_CHAR' }])
    expect(bad.response.destroyed).toBe(true)
    expect(good.sent()).toMatch(/good$/)
  })
})
