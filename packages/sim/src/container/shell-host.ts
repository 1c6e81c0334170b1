// The shell of a container: which programs it has, and what runs in it: the container's own command line, and exec'd ones.

import {
  CommandTable,
  programExists,
  ProcessTable,
  runShell,
  signalName,
  type Command,
  type ShellOptions,
  type ShellRun,
} from '@podwire/shell'
import type { Engine } from '@podwire/engine'
import type { Tool, ToolHost } from '../commands/tool.ts'
import type { Image, Signal } from '../images/image.ts'
import type { RunningContainer } from './container.ts'
import { ownProgram, ownProgramNames } from './own-program.ts'
import { identityCommands } from './process-user.ts'

/** Gives the network tools of a place (curl, dig …) as shell commands. */
export type BindTools = (host: ToolHost) => ReadonlyMap<string, Command>

const NO_TOOLS: ReadonlySet<string> = new Set()

/** What a process of the same container can send to the first one. */
const PROGRAM_SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH']

/** What it withstands as process 1, and not as another one. */
const KILL: Signal = 'SIGKILL'

export type RunOptions = Pick<
  ShellOptions,
  'argv' | 'stdin' | 'stdout' | 'stderr' | 'terminal' | 'init' | 'background'
> & {
  /** Whose time it runs on; default the simulation's. */
  readonly engine?: Engine
}

export class ShellHost {
  readonly #container: RunningContainer
  readonly #bindTools: BindTools
  readonly processes: ProcessTable
  #commands: ReadonlyMap<string, Command> | undefined
  #program: ReturnType<ProcessTable['addProgram']> | undefined

  constructor(container: RunningContainer, bindTools: BindTools) {
    this.#container = container
    this.#bindTools = bindTools
    const { processNamespace } = container
    this.processes = new ProcessTable(processNamespace)
    // The image's own program is mostly process 1, which `ps` shows and `kill 1` reaches; from inside KILL does nothing to that one.
    const signals = processNamespace === undefined ? PROGRAM_SIGNALS : [...PROGRAM_SIGNALS, KILL]
    if (container.runsOwnProgram) {
      const { image, command, startedUs } = container
      const title = image.processTitle ?? (command.length > 0 ? command.join(' ') : image.name)
      this.#program = this.processes.addProgram([title], startedUs, (value) => {
        const name = signals.find((signal) => signal === `SIG${signalName(value)}`)
        if (name !== undefined) container.signal(name)
      })
    }
  }

  /** Ends whatever still runs beside the container's program. */
  end(): void {
    this.#program?.remove()
    this.processes.killAll()
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
      engine,
      ...options,
      random,
      files,
      environment,
      hostname,
      workingDirectory,
      commands: this.#bound(),
      ...(tools === undefined ? {} : { tools }),
      sh: (image.userland ?? (image.libc === 'musl' ? 'busybox' : 'gnu')) === 'busybox' ? 'ash' : 'dash',
      processes: this.processes,
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
      const start = ownProgram(this.#container)
      const program = bindProgram(image, host, start)
      const programs = ownProgramNames(image).map((name) => [name, program] as const)
      this.#commands = new CommandTable([...this.#bindTools(host), ...identity, ...programs, ...own])
    }
    return this.#commands
  }
}

/** The image's program; some of its command lines only ask or tell a running one. */
function bindProgram(image: Image, host: ToolHost, start: Command): Command {
  return (context) => {
    const control = image.control?.(context.args)
    return control === undefined ? start(context) : control(context, host)
  }
}

function bind(tool: Tool, host: ToolHost): Command {
  return (context) => tool(context, host)
}
