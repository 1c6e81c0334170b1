// The API server for HTTP clients of the same process: in-process-door.ts is what is opened, memory-socket.ts a connection,
// busy-hold.ts what keeps virtual time still meanwhile.

export { openInProcessDoor, type InProcessDoor } from './in-process-door.ts'
