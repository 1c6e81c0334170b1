// The shell of a container: which programs it has, and what runs in it: the container's own command line, and exec'd ones.

import { programExists, ProcessTable, runShell, type Command, type ShellOptions, type ShellRun } from '@podwire/shell'
import type { Tool, ToolHost } from '../commands/tool.ts'
import type { RunningContainer } from './container.ts'
import { identityCommands } from './process-user.ts'

/** Gives the network tools of a place (curl, dig …) as shell commands. */
export type BindTools = (host: ToolHost) => ReadonlyMap<string, Command>

const NO_TOOLS: ReadonlySet<string> = new Set()

export type RunOptions = Pick<ShellOptions, 'argv' | 'stdin' | 'stdout' | 'stderr' | 'terminal' | 'init' | 'background'>

export class ShellHost {
  readonly #container: RunningContainer
  readonly #bindTools: BindTools
  readonly #processes = new ProcessTable()
  #commands: ReadonlyMap<string, Command> | undefined

  constructor(container: RunningContainer, bindTools: BindTools) {
    this.#container = container
    this.#bindTools = bindTools
  }

  /** What runc says when it cannot start `argv`; undefined when it can. */
  problem(options: RunOptions): string | undefined {
    const found = programExists(this.#options(options))
    if (found === 'found') return undefined
    const why = found === 'missing' ? 'executable file not found in $PATH' : 'permission denied'
    return `exec: "${options.argv[0] ?? ''}": ${why}`
  }

  run(options: RunOptions): ShellRun {
    return runShell(this.#options(options))
  }

  #options(options: RunOptions): ShellOptions {
    const { simulation: engine, random, files, environment, hostname, workingDirectory, image } = this.#container
    const tools = image.distroless === true ? NO_TOOLS : image.tools
    return {
      ...options,
      engine,
      random,
      files,
      environment,
      hostname,
      workingDirectory,
      commands: this.#bound(),
      ...(tools === undefined ? {} : { tools }),
      shellName: (image.userland ?? (image.libc === 'musl' ? 'busybox' : 'gnu')) === 'busybox' ? 'sh' : 'bash',
      processes: this.#processes,
    }
  }

  #bound(): ReadonlyMap<string, Command> {
    if (this.#commands === undefined) {
      const { network, resolver, hostname, image, files } = this.#container
      const host: ToolHost = {
        network,
        resolver,
        resolvConf: () => Buffer.from(files.read('/etc/resolv.conf') ?? new Uint8Array(0)).toString('utf8'),
        hostname,
        libc: image.libc,
        ...(image.userland === undefined ? {} : { userland: image.userland }),
      }
      const own = [...(image.commands ?? [])].map(([name, tool]) => [name, bind(tool, host)] as const)
      const { user } = this.#container
      const identity = user.uid === 0 && user.gid === 0 && user.groups.length === 0 ? [] : identityCommands(user)
      this.#commands = new Map([...this.#bindTools(host), ...identity, ...own])
    }
    return this.#commands
  }
}

function bind(tool: Tool, host: ToolHost): Command {
  return (context) => tool(context, host)
}
