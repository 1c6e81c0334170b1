// A Corefile that CoreDNS would not start with. The message is CoreDNS's own; what podwire does not simulate says so.

import { PodwireError } from '@podwire/engine'

const FILE = '/etc/coredns/Corefile'

/** `text` is what CoreDNS logs: `plugin/kubernetes: /etc/coredns/Corefile:5 - Error during parsing: …`. */
export class CorefileError extends PodwireError {
  override readonly name = 'CorefileError'
  readonly text: string

  constructor(text: string, remedy?: string) {
    super('read the Corefile', text, remedy)
    this.text = text
  }
}

/** An error at a line; with `plugin`, one of that plugin's own parsing. */
export function parseError(line: number, message: string, plugin?: string): CorefileError {
  return new CorefileError(`${prefix(plugin)}${FILE}:${line} - Error during parsing: ${message}`)
}

/** A plugin's complaint about something that parses. */
export function pluginError(plugin: string, message: string): CorefileError {
  return new CorefileError(`${prefix(plugin)}${message}`)
}

/** A wrong number of arguments, in the parser's words. */
export function argumentError(line: number, after: string, plugin?: string): CorefileError {
  return parseError(line, `Wrong argument count or unexpected line ending after '${after}'`, plugin)
}

/** Something real CoreDNS has and podwire has not. */
export function notSimulated(what: string): CorefileError {
  return new CorefileError(`${what} is not simulated by podwire`, 'Take it out of the Corefile.')
}

function prefix(plugin: string | undefined): string {
  return plugin === undefined ? '' : `plugin/${plugin}: `
}
