// myblog: the course's Django blog on 8002. `/blog/index/` lists the blog when the database answers. With MYSQL_HOST set (as
// the course's ConfigMap does) each request opens a connection to it, and fails with 500 when that is not possible, so
// probes on it fail until MySQL is there; without MYSQL_HOST no database is asked.

import type { HttpResponse } from '../http/message.ts'
import { SECOND } from '@podwire/engine'
import { SocketError } from '../fabric/network.ts'
import { startHttpProgram } from './http-program.ts'
import type { ContainerContext, Image } from './image.ts'
import { GRACEFUL_SIGNALS } from './program.ts'
import { httpDate, pathOf, textResponse } from './responses.ts'

const PORT = 8002

/** undefined when the database greeted, else Django's error text. */
async function databaseProblem(context: ContainerContext, host: string, port: number): Promise<string | undefined> {
  const found = await context.resolver.lookup(host)
  const address = 'addresses' in found ? found.addresses[0] : undefined
  if (address === undefined) return `(2005, "Unknown MySQL server host '${host}' (-2)")`
  try {
    const socket = await context.network.connectTcp({ address, port, timeoutUs: 10 * SECOND })
    const greeted = await socket.read()
    socket.destroy()
    return greeted === undefined ? "(2013, 'Lost connection to MySQL server')" : undefined
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return `(2002, "Can't connect to MySQL server on '${host}' (${error.code})")`
  }
}

function page(context: ContainerContext, status: number, body: string): HttpResponse {
  return textResponse(status, body, [
    ['Date', httpDate(context.engine.clock)],
    ['Server', 'WSGIServer/0.2 CPython/3.6.8'],
    ['Content-Type', 'text/html; charset=utf-8'],
    ['X-Frame-Options', 'SAMEORIGIN'],
    ['Content-Length', String(Buffer.byteLength(body, 'utf8'))],
  ])
}

async function respond(context: ContainerContext, path: string): Promise<HttpResponse> {
  if (path === '/blog/index') return { ...page(context, 301, ''), headers: [['Location', '/blog/index/']] }
  if (path !== '/blog/index/') return page(context, 404, '<h1>Not Found</h1>\n')
  const host = context.environment.get('MYSQL_HOST') ?? ''
  if (host !== '') {
    // Without a MYSQL_PORT of its own the pod may have the Service's variable of that name: tcp://10.96.1.2:3306.
    const port = Number(/(\d+)$/.exec(context.environment.get('MYSQL_PORT') ?? '')?.[1] ?? '3306')
    const problem = await databaseProblem(context, host, port)
    if (problem !== undefined) {
      context.stderr(`django.db.utils.OperationalError: ${problem}\n`)
      return page(context, 500, '<h1>Server Error (500)</h1>\n')
    }
  }
  return page(context, 200, '我的博客列表\n')
}

export const myblog: Image = {
  name: 'myblog',
  aliases: ['demo/myblog'],
  entrypoint: ['./run.sh'],
  ports: [PORT],
  libc: 'glibc',
  workingDirectory: '/opt/myblog',
  start: (context) =>
    startHttpProgram(context, {
      ports: [PORT],
      signals: GRACEFUL_SIGNALS,
      handler: async (request) => {
        const path = pathOf(request.target)
        const response = await respond(context, path)
        context.stdout(`"${request.method} ${request.target} HTTP/${request.version}" ${response.status}\n`)
        return response
      },
    }),
}
