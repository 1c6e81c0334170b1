// What a container runs: the image's ENTRYPOINT and CMD, replaced by the pod's command and args.
// Source: kubernetes pkg/kubelet/container (ExpandContainerCommandAndArgs) and the OCI image configuration.

import type { Container } from '@podwire/apiserver'
import type { Image } from '../images/image.ts'
import { expandReferences } from '../pod/expansion.ts'

export interface CommandLine {
  readonly argv: readonly string[]
  /** The image's own program runs, with `argv` as its arguments; otherwise the shell runs `argv`. */
  readonly program: 'image' | 'shell'
}

export function commandLine(
  container: Container,
  image: Image,
  lookup: (variable: string) => string | undefined,
): CommandLine {
  const expand = (words: readonly string[]): readonly string[] => words.map((word) => expandReferences(word, lookup))
  const command = expand(container.command ?? [])
  const args = expand(container.args ?? [])
  const given = command.length > 0 || args.length > 0
  if (!given) return ownCommandLine(image)
  const argv = command.length > 0 ? command.concat(args) : image.entrypoint.concat(args)
  if (image.start === undefined) return { argv, program: 'shell' }
  const passedOn = passedOnArguments(argv, image)
  if (passedOn !== undefined) return { argv: passedOn, program: 'shell' }
  if (isOwnProgram(argv[0] ?? '', image)) return { argv, program: 'image' }
  return { argv, program: 'shell' }
}

const ownCommandLines = new WeakMap<Image, CommandLine>()

/** What the image runs by itself: one for all its containers. */
function ownCommandLine(image: Image): CommandLine {
  let line = ownCommandLines.get(image)
  if (line === undefined) {
    const argv = image.entrypoint.concat(image.defaultArguments ?? [])
    line = { argv, program: image.start === undefined ? 'shell' : 'image' }
    ownCommandLines.set(image, line)
  }
  return line
}

/**
 * The official images' entrypoint script ends with `exec "$@"`: a first argument that is no option and not the image's server is
 * another program to run, as in `kubectl run -it --image=nginx … -- bash`. undefined: this is no such command line.
 */
function passedOnArguments(argv: readonly string[], image: Image): readonly string[] | undefined {
  const [script = '', first = '-', ...rest] = argv
  if (baseName(script) !== 'docker-entrypoint.sh' || baseName(image.entrypoint[0] ?? '') !== 'docker-entrypoint.sh') {
    return undefined
  }
  return first.startsWith('-') || isOwnProgram(first, image) ? undefined : [first, ...rest]
}

/** True when `word` names the image's program, with or without its directory: `nginx`, `/usr/sbin/nginx`. */
function isOwnProgram(word: string, image: Image): boolean {
  const name = baseName(word)
  return (
    image.entrypoint.some((part, index) => (index === 0 || part === word) && baseName(part) === name) ||
    (image.programNames?.has(name) ?? false)
  )
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
