// redis: strings in memory on port 6379, enough to look whether it is there and to count in it. Inline commands (what nc sends)
// and RESP arrays. Other commands are refused as an unknown one is. Source: Redis protocol specification (RESP2).

import type { TcpSocket } from '../../fabric/network.ts'
import type { Image } from '../image.ts'
import { takesSignals } from '../program.ts'
import { redisCli } from './redis-cli.ts'

const VERSION = '7.4.2'

type Answer = string
type Command = (args: readonly string[], data: Map<string, string>) => Answer

const simple = (text: string): Answer => `+${text}\r\n`
const integer = (value: number): Answer => `:${value}\r\n`
const bulk = (text: string | undefined): Answer =>
  text === undefined ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`
const list = (items: readonly string[]): Answer => `*${items.length}\r\n${items.map(bulk).join('')}`
const failure = (text: string): Answer => `-${text}\r\n`

/** How many arguments it takes at least and at most, and what it does. */
type Rule = readonly [least: number, most: number, run: Command]

const COMMANDS: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['PING', [0, 1, ([text]) => (text === undefined ? simple('PONG') : bulk(text))]],
  ['ECHO', [1, 1, ([text]) => bulk(text)]],
  ['GET', [1, 1, ([key = ''], data) => bulk(data.get(key))]],
  ['SET', [2, 2, ([key = '', value = ''], data) => (data.set(key, value), simple('OK'))]],
  ['DEL', [1, Infinity, (keys, data) => integer(keys.filter((key) => data.delete(key)).length)]],
  ['EXISTS', [1, Infinity, (keys, data) => integer(keys.filter((key) => data.has(key)).length)]],
  [
    'KEYS',
    [
      1,
      1,
      ([pattern], data) => (pattern === '*' ? list([...data.keys()]) : failure('ERR podwire simulates KEYS * only')),
    ],
  ],
  ['DBSIZE', [0, 0, (_args, data) => integer(data.size)]],
  ['INCR', [1, 1, ([key = ''], data) => increment(key, data)]],
  ['SELECT', [1, 1, () => simple('OK')]],
  ['INFO', [0, 1, () => bulk(`# Server\r\nredis_version:${VERSION}\r\nredis_mode:standalone\r\n`)]],
  ['COMMAND', [0, Infinity, () => '*0\r\n']],
])

function increment(key: string, data: Map<string, string>): Answer {
  const before = data.get(key) ?? '0'
  if (!/^-?\d+$/.test(before)) return failure('ERR value is not an integer or out of range')
  const value = Number(before) + 1
  data.set(key, String(value))
  return integer(value)
}

function answer(words: readonly string[], data: Map<string, string>): Answer {
  const [name = '', ...args] = words
  const command = COMMANDS.get(name.toUpperCase())
  if (command === undefined) {
    const shown = args.map((arg) => `'${arg}' `).join('')
    return failure(`ERR unknown command '${name}', with args beginning with: ${shown}`)
  }
  const [least, most, run] = command
  if (args.length < least || args.length > most) {
    return failure(`ERR wrong number of arguments for '${name.toLowerCase()}' command`)
  }
  return run(args, data)
}

/** Takes one command off the front of what came. 'more': it is not all there; a text: the protocol is broken. */
function takeCommand(
  input: string,
): { readonly words: readonly string[]; readonly rest: string } | 'more' | { readonly error: string } {
  const end = input.indexOf('\n')
  if (end < 0) return input.length > 65_536 ? { error: 'Protocol error: too big inline request' } : 'more'
  const line = input.slice(0, end).replace(/\r$/, '')
  let rest = input.slice(end + 1)
  if (!line.startsWith('*')) return { words: line.split(/\s+/).filter((word) => word !== ''), rest }
  const count = Number(line.slice(1))
  if (!Number.isInteger(count) || count < 0 || count > 1024)
    return { error: 'Protocol error: invalid multibulk length' }
  const words: string[] = []
  while (words.length < count) {
    const head = /^\$(\d+)\r\n/.exec(rest)
    if (head === null)
      return rest.includes('\n') ? { error: `Protocol error: expected '$', got '${rest.slice(0, 1)}'` } : 'more'
    const start = head[0].length
    const length = Number(head[1])
    if (rest.length < start + length + 2)
      return length > 1_048_576 ? { error: 'Protocol error: invalid bulk length' } : 'more'
    words.push(rest.slice(start, start + length))
    rest = rest.slice(start + length + 2)
  }
  return { words, rest }
}

function serve(socket: TcpSocket, data: Map<string, string>): void {
  let input = ''
  socket.onEnd = () => socket.end()
  socket.onData = (bytes) => {
    // One character a byte, so that lengths are the protocol's.
    input += Buffer.from(bytes).toString('latin1')
    for (;;) {
      const taken = takeCommand(input)
      if (taken === 'more') return
      if ('error' in taken) {
        socket.write(Buffer.from(failure(`ERR ${taken.error}`), 'latin1'))
        socket.end()
        return
      }
      input = taken.rest
      const words = taken.words.map((word) => Buffer.from(word, 'latin1').toString('utf8'))
      if (words.length === 0) continue
      if (words[0]?.toUpperCase() === 'QUIT') {
        socket.write(Buffer.from(simple('OK')))
        socket.end()
        return
      }
      // What a browser or curl sends: a real server hangs up, for fear of cross-protocol attacks.
      if (words[0] === 'POST' || words[0] === 'Host:') return socket.destroy()
      socket.write(Buffer.from(answer(words, data), 'utf8'))
    }
  }
}

export const redis: Image = {
  name: 'redis',
  aliases: ['valkey', 'bitnami/redis'],
  entrypoint: ['docker-entrypoint.sh'],
  defaultArguments: ['redis-server'],
  programNames: new Set(['redis-server', 'valkey-server']),
  commands: new Map([
    ['redis-cli', redisCli],
    ['valkey-cli', redisCli],
  ]),
  ports: [6379],
  libc: 'glibc',
  environment: new Map([['REDIS_VERSION', VERSION]]),
  start: (context) => {
    const data = new Map<string, string>()
    context.network.listenTcp(6379, (socket) => serve(socket, data))
    context.stdout('* Ready to accept connections tcp\n')
    return takesSignals(context, { SIGTERM: 0, SIGINT: 0 })
  },
}
