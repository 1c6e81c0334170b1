// The network tools of containers, nodes and the outside host, and tar for `kubectl cp`. Each is a Tool: a shell command that
// also sees the network.

import type { Command } from '@podwire/shell'
import { curl } from './curl/curl.ts'
import { dig } from './dns/dig.ts'
import { hostTool } from './dns/host.ts'
import { nslookup } from './dns/nslookup.ts'
import { getent } from './getent.ts'
import { hostname } from './hostname.ts'
import { ip } from './ip.ts'
import { nc } from './nc.ts'
import { ifconfig, route } from './net-tools.ts'
import { ping, ping6 } from './ping.ts'
import { refusedTools } from './refused-tools.ts'
import { netstat, ss } from './sockets.ts'
import { tar } from './tar.ts'
import { telnet } from './telnet.ts'
import type { Tool, ToolHost } from './tool.ts'
import { wget } from './wget.ts'

export type { Tool, ToolHost } from './tool.ts'

export const networkTools: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  ['curl', curl],
  ['dig', dig],
  ['getent', getent],
  ['host', hostTool],
  ['hostname', hostname],
  ['ifconfig', ifconfig],
  ['ip', ip],
  ['nc', nc],
  ['ncat', nc],
  ['netcat', nc],
  ['netstat', netstat],
  ['nslookup', nslookup],
  ['ping', ping],
  ['ping6', ping6],
  ['route', route],
  ['ss', ss],
  ['tar', tar],
  ['telnet', telnet],
  ['wget', wget],
])

/** The tools as shell commands of one place. */
export function bindTools(host: ToolHost): ReadonlyMap<string, Command> {
  return new Map(
    [...refusedTools(host), ...networkTools].map(([name, tool]) => [name, (context) => tool(context, host)]),
  )
}
