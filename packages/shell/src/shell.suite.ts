// Runs one script in a world of its own, for the tables of the tests.

import { Engine, VirtualTimeDriver } from '@podwire/engine'
import { collectOutput, createFileTree, runShell, textInput, type Command } from './index.ts'

export interface ScriptOptions {
  readonly dialect?: 'sh' | 'ash' | 'dash' | 'bash'
  readonly argv?: readonly string[]
  readonly stdin?: string
  readonly environment?: ReadonlyMap<string, string>
  readonly files?: ReadonlyMap<string, string>
  readonly commands?: ReadonlyMap<string, Command>
  readonly tools?: ReadonlySet<string>
  readonly stepBudget?: number
}

export interface ScriptResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

export async function runScript(script: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  const engine = new Engine()
  const driver = new VirtualTimeDriver(engine)
  const stdout = collectOutput()
  const stderr = collectOutput()
  const dialect = options.dialect ?? 'sh'
  const files = createFileTree(options.files ?? new Map())
  files.makeDirectory('/home')
  files.makeDirectory('/tmp')
  files.makeDirectory('/usr/bin')
  const run = runShell({
    engine,
    random: engine.random.fork('shell'),
    files,
    environment:
      options.environment ??
      new Map([
        ['HOME', '/root'],
        ['PATH', '/usr/bin:/bin'],
      ]),
    argv: options.argv ?? [dialect, '-c', script],
    stdout,
    stderr,
    hostname: 'host',
    workingDirectory: '/home',
    ...(options.stdin === undefined ? {} : { stdin: textInput(options.stdin) }),
    ...(options.commands === undefined ? {} : { commands: options.commands }),
    ...(options.tools === undefined ? {} : { tools: options.tools }),
    ...(options.stepBudget === undefined ? {} : { stepBudget: options.stepBudget }),
  })
  const status = await driver.wait(run.done)
  return { status, stdout: stdout.text(), stderr: stderr.text(), seconds: engine.clock.now() / 1_000_000 }
}
