// The command-line tools of containers that act on the simulated network (curl, wget, dig, nslookup, nc, ping …). The shell
// runs them like any other command; this is what they get beyond the shell's own process interface.

import type { CommandContext } from '@podwire/shell'
import type { NetworkNamespace } from '../fabric/network.ts'
import type { NameResolver } from '../images/image.ts'

/** Where a tool runs: in a container, on a node, or on the outside host. */
export interface ToolHost {
  readonly network: NetworkNamespace
  readonly resolver: NameResolver
  /** /etc/resolv.conf of this place. */
  readonly resolvConf: () => string
  readonly hostname: string
  readonly libc: 'glibc' | 'musl'
  /** Whose wget, nslookup, nc and ping these are; default busybox's with musl. */
  readonly userland?: 'gnu' | 'busybox'
}

export function isBusybox(host: ToolHost): boolean {
  return (host.userland ?? (host.libc === 'musl' ? 'busybox' : 'gnu')) === 'busybox'
}

/** Runs to its exit code. Output and input go through the shell's process. */
export type Tool = (process: CommandContext, host: ToolHost) => Promise<number>
