// An image is a program: what it listens on, what it does with a connection, how it takes signals, what its files are.
// Images are looked up by name without registry and tag (`nginx` matches `docker.io/library/nginx:1.25`), most specific first.

import type { Pod } from '@podwire/apiserver'
import type { Engine, Random } from '@podwire/engine'
import type { FileTree } from '@podwire/shell'
import type { Tool } from '../commands/tool.ts'
import type { NetworkNamespace } from '../fabric/network.ts'

export type Signal = 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2' | 'SIGWINCH'

/** Looks names up the way a pod does: hosts file, search list, DNS packets. */
export interface NameResolver {
  /** Addresses of a host name, in the order getaddrinfo gives them; empty when it does not exist. */
  lookup(name: string, options?: { readonly family?: 4 | 6 }): Promise<LookupResult>
}

export type LookupResult =
  | {
      readonly addresses: readonly string[]
      readonly canonicalName: string
      readonly queries: readonly ResolverQuery[]
    }
  | { readonly error: 'not-found' | 'temporary-failure'; readonly queries: readonly ResolverQuery[] }

/** One question a resolver asked on the wire, for traces. */
export interface ResolverQuery {
  readonly name: string
  readonly type: string
  readonly server: string
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `timeout` … with the answers in zone-file form. */
  readonly outcome: string
  readonly answers: readonly string[]
  /** What the answer says of itself beyond its records. */
  readonly note?: string
}

/**
 * Virtual time as a program has it: what it schedules is its own, so a timer that throws ends the program like any uncaught
 * exception, and timers die with it.
 */
export type ProgramEngine = Pick<
  Engine,
  'clock' | 'schedule' | 'cancel' | 'sleep' | 'deferred' | 'touchAsync' | 'hold' | 'bus'
>

/** The inside of a running container, as its program sees it. */
export interface ContainerContext {
  readonly engine: ProgramEngine
  /** A stream of this container's own. */
  readonly random: Random
  readonly network: NetworkNamespace
  readonly resolver: NameResolver
  readonly pod: Pod
  readonly containerName: string
  readonly hostname: string
  readonly environment: ReadonlyMap<string, string>
  /** ENTRYPOINT and CMD after the pod's command/args replaced them; empty when the image's own program runs. */
  readonly command: readonly string[]
  readonly workingDirectory: string
  /** The container's files (image files, /etc/hosts, /etc/resolv.conf, mounted ConfigMaps and Secrets …). */
  readonly files: FileTree
  stdout(text: string): void
  stderr(text: string): void
  /** Runs a command of the image beside the program, as a child of it would run; 126 and 127 as a shell gives them. */
  exec(argv: readonly string[]): Promise<{ readonly exitCode: number; readonly output: string }>
  /** Ends the container. Call at most once. */
  exit(code: number): void
  /** It took more memory than its limit: the kernel kills it, which shows as OOMKilled, 137. */
  outOfMemory(): void
}

export interface RunningProgram {
  /** Default for a program without a handler of its own: SIGTERM and SIGINT end it (143, 130), SIGKILL always does (137). */
  signal(signal: Signal): void
  /** Called once when the container ended, however it did: lets go of what is not a socket. */
  readonly stop?: () => void
  /** Files the program keeps up to date, computed when somebody reads them. */
  readonly files?: ReadonlyMap<string, () => string>
}

export interface Image {
  /** Repository name without registry host, library/ and tag: `nginx`, `luksa/kubia`, `coredns/coredns`. */
  readonly name: string
  /** Other names it answers to. */
  readonly aliases?: readonly string[]
  /** What the image's ENTRYPOINT and CMD are called in `ps` and used when the pod gives only args. */
  readonly entrypoint: readonly string[]
  /** What `ps` shows of its program, where that calls itself something else than its command line. */
  readonly processTitle?: string
  /** TCP ports it listens on by itself, for `ss` and for images' documentation. */
  readonly ports: readonly number[]
  /** The C library decides how names are resolved. */
  readonly libc: 'glibc' | 'musl'
  /** Whose wget, nslookup, nc, ping and `sh` it has; default busybox's with musl, GNU's and others with glibc. */
  readonly userland?: 'gnu' | 'busybox'
  /** Command-line tools it has for exec and scripts; absent: all of them. */
  readonly tools?: ReadonlySet<string>
  readonly environment?: ReadonlyMap<string, string>
  readonly workingDirectory?: string
  /** Text files it brings, by absolute path. */
  readonly files?: ReadonlyMap<string, string>
  /** CMD: what follows ENTRYPOINT when the pod gives no args. */
  readonly defaultArguments?: readonly string[]
  /** Other names of its own program in a pod's `command`, without directory: `nginx-debug`. */
  readonly programNames?: ReadonlySet<string>
  /** For command lines of its program that start no server: `nginx -s reload`. Undefined: these arguments start it. */
  readonly control?: (args: readonly string[]) => Tool | undefined
  /** Commands of this image alone, by name or path, for exec and scripts: `/agnhost`. */
  readonly commands?: ReadonlyMap<string, Tool>
  /** USER, by number. Absent: nobody said; its processes are root's, and runAsNonRoot lets it pass. */
  readonly user?: number
  /** The signal that stops it (STOPSIGNAL); default SIGTERM. */
  readonly stopSignal?: Signal
  /** No shell inside: `kubectl exec … sh` fails as in a distroless image. */
  readonly distroless?: boolean
  /** Starts the image's own program. Absent: a toolbox image, whose command the shell runs. */
  readonly start?: (context: ContainerContext) => RunningProgram
}
