// Transcripts of a terminal: what was typed and what must be printed, for every kubectl. A transcript is plain text:
//
//   $ kubectl get pods           typed into `sh`; $NS and $PORT are the version's own namespace and a port number
//   NAME   READY …               standard output; runs of blanks count as one, what changes from run to run is masked: <age>, <ip> …
//   ! Warning: …                 standard error
//   [1]                          exit status, when it is not 0
//   {1.31-} …                    a line, or a whole command, of these versions only ({-1.30}, {1.28-1.30}, {1.29})
//   $ cat > web.yaml <<EOF       a file, up to EOF
//   # …                          for the reader

import { spawn } from 'node:child_process'

export interface Command {
  readonly line: string
  /** What a here-document holds. */
  readonly input: string
  readonly expected: readonly string[]
  /** Where the command stands in its file, from 1. */
  readonly at: number
}

const ONLY = /^\{(\d+\.\d+)?-?(\d+\.\d+)?\} ?/

/** `1.9` before `1.27`. */
function minor(version: string): number {
  return Number(version.split('.')[1])
}

/** The line without its condition; undefined when it is not for this version. */
function forVersion(line: string, version: string): string | undefined {
  const match = ONLY.exec(line)
  if (match === null) return line
  const [condition, low, high] = match
  const single = !condition.includes('-')
  if (low !== undefined && minor(version) < minor(low)) return undefined
  const top = single ? low : high
  if (top !== undefined && minor(version) > minor(top)) return undefined
  return line.slice(condition.length)
}

/** The commands of a transcript for one version of kubectl. */
export function parseTranscript(text: string, version: string): readonly Command[] {
  const commands: { line: string; input: string; expected: string[]; at: number }[] = []
  const lines = text.split('\n')
  let skipping = false
  for (let i = 0; i < lines.length; i++) {
    const raw = lines[i] ?? ''
    if (raw === '' || raw.startsWith('#')) continue
    const line = forVersion(raw, version)
    if (raw.replace(ONLY, '').startsWith('$ ')) {
      skipping = line === undefined
      let input = ''
      const hasDocument = raw.endsWith('<<EOF')
      if (hasDocument) while (lines[++i] !== 'EOF' && i < lines.length) input += `${lines[i]}\n`
      if (line !== undefined)
        commands.push({ line: line.slice(2).replace(/ *<<EOF$/, ''), input, expected: [], at: i + 1 })
    } else if (!skipping && line !== undefined) commands.at(-1)?.expected.push(line)
  }
  return commands
}

export interface Session {
  readonly namespace: string
  readonly port: number
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\x1b\[[0-9;]*m/g, ''],
  [/\b[0-9a-f]{64}\b/g, '<id>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000/g, '<time>'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>'],
  [/https:\/\/127\.0\.0\.1:\d+/g, '<server>'],
  [/\b10\.(\d+)\.\d+\.\d+\b/g, '<ip>'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000/g, '<time>'],
  [/(?:\/\S+)?\/(LIVE|MERGED)-\d+/g, '<$1>'],
  [/:3[0-2]\d{3}\/TCP/g, ':<nodePort>/TCP'],
  [/pod-template-hash=[0-9a-f]+/g, 'pod-template-hash=<hash>'],
  [/resourceVersion: "\d+"/g, 'resourceVersion: <version>'],
  [/\b([a-z][a-z0-9]*(?:-[a-z]+)*)-[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '$1-<hash>-<rand>'],
  [/\b([a-z][a-z0-9]*)-([0-9a-f]{9,10}|[0-9a-f]{8})\b/g, '$1-<hash>'],
  [/<invalid>( \(x\d+ over <invalid>\))?/g, '<age>'],
  [/(?<=[ (])\d+[smhd](\d+[smh])?(?=[ )\n]|$)/g, '<age>'],
]

/** Text as it is compared. Progress of a rollout is left out: how often it is told depends on time. */
export function normalised(text: string, { namespace, port }: Session): readonly string[] {
  let masked = text.replaceAll(namespace, '$NS').replaceAll(String(port), '$PORT')
  for (const [pattern, mask] of MASKS) masked = masked.replace(pattern, mask)
  return masked
    .split('\n')
    .map(squeezed)
    .filter((line) => line !== '' && !/^Waiting for (deployment|daemon set)/.test(line))
}

function squeezed(line: string): string {
  return line.replace(/[ \t]+/g, ' ').trim()
}

/** Types one command; gives what it printed as a transcript has it. */
export async function type(command: Command, session: Session): Promise<readonly string[]> {
  const { namespace, port, cwd, env } = session
  const line = command.line.replaceAll('$NS', namespace).replaceAll('$PORT', String(port))
  const child = spawn('sh', ['-c', line], { cwd, env, timeout: 60_000 })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk))
  // A command may end without reading what it is given.
  child.stdin.on('error', () => {})
  child.stdin.end(command.input.replaceAll('$NS', namespace).replaceAll('$PORT', String(port)))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return [
    ...normalised(out, session),
    ...normalised(err, session).map((text) => `! ${text}`),
    ...(status === 0 ? [] : [`[${status ?? 'killed'}]`]),
  ]
}

/** What a transcript says, compared the same way. */
export function expectation(command: Command): readonly string[] {
  return command.expected
    .map((line) => (line.startsWith('! ') ? `! ${squeezed(line.slice(2))}` : squeezed(line)))
    .filter((line) => line !== '')
}
