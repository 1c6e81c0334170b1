// TLS as the simulation has it: hellos and records travel as objects (records.ts), either end is a socket (tls-socket.ts).

export { ClientHello } from './records.ts'
export { acceptTls, connectTls, type StreamSocket, type TlsPeer } from './tls-socket.ts'
