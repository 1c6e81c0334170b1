// The network tools of containers, nodes and the outside host.

import type { Command } from '@podwire/shell'
import type { Tool, ToolHost } from './tool.ts'

export const networkTools: ReadonlyMap<string, Tool> = new Map()

/** The tools as shell commands of one place. */
export function bindTools(host: ToolHost): ReadonlyMap<string, Command> {
  return new Map([...networkTools].map(([name, tool]) => [name, (context) => tool(context, host)]))
}
