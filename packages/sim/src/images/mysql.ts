// mysql: the greeting a 5.7 server sends on connect, on port 3306; that is what the course looks at with curl. A client that
// then speaks HTTP (or anything else) gets what a real server says to bytes it cannot read, and no SQL is run. Departure:
// without a root password the real image exits, this one warns.
// Source: MySQL protocol documentation (HandshakeV10, ERR_Packet).

import type { TcpSocket } from '../fabric/network.ts'
import type { ContainerContext, Image } from './image.ts'
import { takesSignals } from './program.ts'

const VERSION = '5.7.29'

/** Protocol 10 greeting with a fresh 20-byte scramble. */
function greeting(connectionId: number, scramble: Uint8Array): Uint8Array {
  const id = Buffer.alloc(4)
  id.writeUInt32LE(connectionId)
  const payload = Buffer.concat([
    Buffer.from([0x0a]),
    Buffer.from(`${VERSION}\0`, 'latin1'),
    id,
    scramble.subarray(0, 8),
    // filler, capabilities (low), utf8 (33) or latin1 (8), status autocommit, capabilities (high), scramble length 21
    Buffer.from([0x00, 0xff, 0xff, 0x08, 0x02, 0x00, 0xff, 0xc1, 0x15]),
    Buffer.alloc(10),
    scramble.subarray(8, 20),
    Buffer.from('\0mysql_native_password\0', 'latin1'),
  ])
  return packet(0, payload)
}

function packet(sequence: number, payload: Uint8Array): Uint8Array {
  const header = Buffer.from([payload.length & 0xff, (payload.length >> 8) & 0xff, payload.length >> 16, sequence])
  return Buffer.concat([header, payload])
}

function errorPacket(code: number, state: string, message: string): Uint8Array {
  const head = Buffer.from([0xff, code & 0xff, code >> 8])
  return packet(1, Buffer.concat([head, Buffer.from(state === '' ? message : `#${state}${message}`, 'latin1')]))
}

/** The answer to a client's first bytes. */
function replyToHandshake(data: Uint8Array): Uint8Array {
  // A well-formed answer is packet number 1; HTTP's fourth byte is not 1.
  if (data[3] !== 1) return errorPacket(1156, '08S01', 'Got packets out of order')
  return errorPacket(1045, '28000', 'Access denied: podwire simulates the MySQL greeting, not the database')
}

function serve(context: ContainerContext, socket: TcpSocket, connectionId: number): void {
  // The scramble is printable, without zero bytes.
  const scramble = context.random.bytes(20).map((byte) => 0x21 + (byte % 0x5e))
  socket.onData = (data) => {
    socket.write(replyToHandshake(data))
    socket.end()
  }
  socket.onEnd = () => socket.end()
  socket.write(greeting(connectionId, scramble))
}

export const mysql: Image = {
  name: 'mysql',
  aliases: ['mysql/mysql-server', 'mariadb'],
  entrypoint: ['docker-entrypoint.sh'],
  defaultArguments: ['mysqld'],
  programNames: new Set(['mysqld']),
  ports: [3306],
  libc: 'glibc',
  environment: new Map([
    ['MYSQL_MAJOR', '5.7'],
    ['MYSQL_VERSION', `${VERSION}-1debian10`],
  ]),
  start: (context) => {
    const hasRoot = ['MYSQL_ROOT_PASSWORD', 'MYSQL_ALLOW_EMPTY_PASSWORD', 'MYSQL_RANDOM_ROOT_PASSWORD'].some((name) =>
      context.environment.has(name),
    )
    // The real entrypoint stops here. For a greeting no password is needed, so it is said and the server starts.
    if (!hasRoot) {
      context.stderr(
        '[Warn] [Entrypoint]: no MYSQL_ROOT_PASSWORD, MYSQL_ALLOW_EMPTY_PASSWORD or MYSQL_RANDOM_ROOT_PASSWORD: ' +
          'the real image would stop here\n',
      )
    }
    let connections = 1
    context.network.listenTcp(3306, (socket) => serve(context, socket, ++connections))
    context.stderr(
      `mysqld: ready for connections. Version: '${VERSION}'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306\n`,
    )
    return takesSignals(context, { SIGTERM: 0, SIGQUIT: 0, SIGINT: 'ignore' })
  },
}
