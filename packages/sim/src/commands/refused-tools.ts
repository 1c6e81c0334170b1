// Tools that people reach for in a pod and that podwire has no truth for: each says why, and what to do instead, rather than "not
// found" or an invented number.

import type { Tool, ToolHost } from './tool.ts'
import { isBusybox } from './tool.ts'

const LOAD = 'podwire simulates no use of CPU and memory'
const DISKS = 'podwire simulates no disks'
const PACKAGES =
  'packages cannot be installed: there is no repository. The usual network and text tools are here already'
const EDITORS = 'there are no editors: write files with cat > FILE << EOF'
const TRACE = 'podwire trace POD URL shows the way of a request, hop by hop'

type Refusal = readonly [reason: string, where?: (host: ToolHost) => boolean]

const onAlpine = (host: ToolHost): boolean => host.libc === 'musl'
const onDebian = (host: ToolHost): boolean => !isBusybox(host)

const REFUSALS: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ['apk', [PACKAGES, onAlpine]],
  ['apt', [PACKAGES, onDebian]],
  ['apt-get', [PACKAGES, onDebian]],
  ['arp', ['neighbour tables are not simulated']],
  ['df', [DISKS]],
  ['dmesg', ['the kernel keeps no log here: kubectl get events tells what happened']],
  ['free', [LOAD]],
  ['lsof', ['open files are not listed: ss -ant shows sockets, ps shows processes']],
  ['mount', [DISKS]],
  ['nano', [EDITORS]],
  ['tcpdump', [`packets are not captured: ${TRACE}`]],
  ['top', [`${LOAD}: ps lists the processes`]],
  ['traceroute', [TRACE]],
  ['umount', [DISKS]],
  ['uptime', [LOAD]],
  ['vi', [EDITORS]],
  ['vim', [EDITORS]],
  ['yum', [PACKAGES, onDebian]],
])

/** The refusals that make sense in one place: a Debian image has no apk. */
export function refusedTools(host: ToolHost): ReadonlyMap<string, Tool> {
  const here = [...REFUSALS].filter(([, [, where]]) => where?.(host) !== false)
  return new Map(
    here.map(([name, [reason]]) => {
      const tool: Tool = async ({ stderr }) => {
        await stderr.write(`${name}: not simulated: ${reason}.\n`)
        return 1
      }
      return [name, tool] as const
    }),
  )
}
