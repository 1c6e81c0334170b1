// Containers and exec sessions: pid 1's signal rules, shared process tables, missing programs, terminals.

import { Engine, VirtualTimeDriver } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import {
  collectOutput,
  createFileTree,
  feedInput,
  ProcessTable,
  programExists,
  runShell,
  type Command,
  type ShellOptions,
  type ShellRun,
} from './index.ts'

interface World {
  readonly engine: Engine
  readonly driver: VirtualTimeDriver
  readonly table: ProcessTable
  start(argv: readonly string[], options?: Partial<ShellOptions>): ShellRun & { text(): string }
}

function createWorld(): World {
  const engine = new Engine()
  const table = new ProcessTable()
  const files = createFileTree(new Map([['/etc/hostname', 'web-0\n']]))
  return {
    engine,
    driver: new VirtualTimeDriver(engine),
    table,
    start: (argv, options = {}) => {
      const output = collectOutput()
      const run = runShell({
        engine,
        random: engine.random.fork('shell'),
        files,
        environment: new Map([['HOME', '/root']]),
        argv,
        stdout: output,
        hostname: 'web-0',
        processes: table,
        ...options,
      })
      return { ...run, text: () => output.text() }
    },
  }
}

describe('a container’s first process', () => {
  test('TERM without a handler is ignored, KILL from the kubelet is not', async () => {
    const world = createWorld()
    const main = world.start(['sleep', '3600'], { init: true, background: true })
    main.signal('SIGTERM')
    await world.driver.advance(30_000_000)
    expect(world.table.list()).toHaveLength(1)
    main.signal('SIGKILL')
    expect(await world.driver.wait(main.done)).toBe(137)
  })

  test('its own kill -9 1 does nothing', async () => {
    const world = createWorld()
    world.start(['sleep', '3600'], { init: true, background: true })
    const exec = world.start(['sh', '-c', 'kill -9 1; sleep 1; ps'])
    await world.driver.wait(exec.done)
    expect(exec.text()).toMatch(/ 1 root .* sleep 3600/)
  })

  test('a trap runs and ends the container with its status, and everything else with it', async () => {
    const world = createWorld()
    const main = world.start(['sh', '-c', 'trap "echo bye; exit 0" TERM; while true; do sleep 5 & wait $!; done'], {
      init: true,
      background: true,
    })
    const exec = world.start(['sleep', '100'])
    await world.driver.advance(7_000_000)
    main.signal('TERM')
    expect(await world.driver.wait(main.done)).toBe(0)
    expect(main.text()).toBe('bye\n')
    expect(await world.driver.wait(exec.done)).toBe(137)
  })

  test('background waiting does not keep the cluster from settling', async () => {
    const world = createWorld()
    world.start(['sh', '-c', 'while true; do echo tick; sleep 10; done'], { init: true, background: true })
    await world.driver.settle()
    expect(world.engine.clock.now()).toBeLessThan(1_000_000)
  })

  test('two runs are equal', async () => {
    const script = 'for i in 1 2 3; do echo $RANDOM; mktemp; sleep 1 & done; wait; date; ps'
    const texts: string[] = []
    for (let round = 0; round < 2; round++) {
      const world = createWorld()
      const run = world.start(['bash', '-c', script])
      await world.driver.wait(run.done)
      texts.push(run.text())
    }
    expect(texts[0]).toBe(texts[1])
  })
})

describe('programs', () => {
  test.each([
    { name: 'an own tool', argv: ['cat', '/etc/hostname'], status: 0, text: 'web-0\n' },
    { name: 'by path', argv: ['/bin/cat', '/etc/hostname'], status: 0, text: 'web-0\n' },
    { name: 'test as a program', argv: ['test', '-f', '/etc/nothing'], status: 1, text: '' },
    {
      name: 'a missing program',
      argv: ['nope'],
      status: 127,
      text: 'exec: "nope": executable file not found in $PATH\n',
    },
    { name: 'set -e by letter', argv: ['sh', '-ec', 'false; echo no'], status: 1, text: '' },
    { name: '-x', argv: ['sh', '-x', '-c', 'echo a'], status: 0, text: '+ echo a\na\n' },
    {
      name: '$0 and parameters',
      argv: ['sh', '-c', 'echo $0 $1 $#', 'name', 'one', 'two'],
      status: 0,
      text: 'name one 2\n',
    },
    {
      name: 'a missing script',
      argv: ['sh', '/nope.sh'],
      status: 2,
      text: "sh: can't open '/nope.sh': No such file or directory\n",
    },
  ])('$name', async ({ argv, status, text }) => {
    const world = createWorld()
    const run = world.start(argv)
    expect(await world.driver.wait(run.done)).toBe(status)
    expect(run.text()).toBe(text)
  })

  test('an image without a shell has none', async () => {
    const world = createWorld()
    const engine = world.engine
    const base = {
      engine,
      random: engine.random,
      files: createFileTree(),
      environment: new Map<string, string>(),
      hostname: 'h',
      stdout: collectOutput(),
    }
    const tools: ReadonlySet<string> = new Set(['cat'])
    expect(programExists({ ...base, argv: ['sh'], tools })).toBe('missing')
    expect(programExists({ ...base, argv: ['cat'], tools })).toBe('found')
    expect(programExists({ ...base, argv: ['sh'] })).toBe('found')
    expect(programExists({ ...base, argv: ['/'] })).toBe('denied')
  })

  test('a script file runs with its interpreter', async () => {
    const world = createWorld()
    const files = createFileTree(new Map([['/scripts/run.sh', '#!/bin/bash\necho "$0 $1 ${BASH_VERSION:+bash}"\n']]))
    const run = world.start(['/scripts/run.sh', 'x'], { files })
    await world.driver.wait(run.done)
    expect(run.text()).toBe('/scripts/run.sh x bash\n')
  })

  test('commands from outside run like tools and see the environment', async () => {
    const world = createWorld()
    const greet: Command = async ({ stdout, environment, args }) => {
      await stdout.write(`${args[0]} ${environment.get('WHO')}\n`)
      return 5
    }
    const commands = new Map([['greet', greet]])
    const run = world.start(['sh', '-c', 'WHO=me greet hello | tr a-z A-Z; greet x; echo $?'], { commands })
    await world.driver.wait(run.done)
    expect(run.text()).toBe('HELLO ME\nx undefined\n5\n')
  })

  test('tail -f waits for a file to grow, without polling', async () => {
    const world = createWorld()
    const run = world.start(
      ['sh', '-c', 'echo a > /log; (sleep 5; echo b >> /log; sleep 5; echo c >> /log) & tail -f /log'],
      { background: true },
    )
    await world.driver.advance(20_000_000)
    expect(run.text()).toBe('a\nb\nc\n')
    expect(world.engine.queue.size).toBe(0)
  })
})

describe('a terminal', () => {
  async function session(
    keys: readonly (string | number)[],
    argv: readonly string[] = ['sh'],
  ): Promise<{ readonly text: string; readonly status: number }> {
    const world = createWorld()
    const stdin = feedInput(world.engine)
    const run = world.start(argv, { stdin, terminal: { columns: 80, rows: 24 } })
    for (const key of keys) {
      if (typeof key === 'string') void stdin.push(key)
      await world.driver.advance(typeof key === 'number' ? key * 1_000_000 : 0)
    }
    stdin.end()
    const status = await world.driver.wait(run.done)
    return { text: run.text(), status }
  }

  test.each([
    {
      name: 'prompt, echo, output',
      keys: ['echo hi\r', 'exit 3\r'],
      text: '/ # echo hi\r\nhi\r\n/ # exit 3\r\n',
      status: 3,
    },
    {
      name: 'state is kept between lines',
      keys: ['x=5; cd /etc\r', 'echo $x\r', '\x04'],
      text: '/ # x=5; cd /etc\r\n/etc # echo $x\r\n5\r\n/etc # ',
      status: 0,
    },
    { name: 'backspace', keys: ['echo ab\x7fc\r', '\x04'], text: '/ # echo ab\b \bc\r\nac\r\n/ # ', status: 0 },
    {
      name: 'an unfinished command asks for more',
      keys: ['if true\r', 'then echo y; fi\r', '\x04'],
      text: '/ # if true\r\n> then echo y; fi\r\ny\r\n/ # ',
      status: 0,
    },
    {
      name: 'Ctrl-C ends the foreground job only',
      keys: ['sleep 100\r', 2, '\x03', 'echo $?\r', '\x04'],
      text: '/ # sleep 100\r\n^C\r\n/ # echo $?\r\n130\r\n/ # ',
      status: 0,
    },
    {
      name: 'Ctrl-C at the prompt gives a new one',
      keys: ['abc', '\x03', 'echo ok\r', '\x04'],
      text: '/ # abc^C\r\n/ # echo ok\r\nok\r\n/ # ',
      status: 0,
    },
    {
      name: 'Ctrl-D ends cat',
      keys: ['cat\r', 'line\r', '\x04', 'exit\r'],
      text: '/ # cat\r\nline\r\nline\r\n/ # exit\r\n',
      status: 0,
    },
    {
      name: 'a mistake does not end the session',
      keys: ['nope\r', 'echo $?\r', '\x04'],
      text: '/ # nope\r\nsh: nope: not found\r\n/ # echo $?\r\n127\r\n/ # ',
      status: 0,
    },
    {
      name: 'a syntax error does not either',
      keys: ['echo )\r', 'echo ok\r', '\x04'],
      text: '/ # echo )\r\nsh: syntax error: unexpected ")"\r\n/ # echo ok\r\nok\r\n/ # ',
      status: 0,
    },
    {
      name: 'stty size and a background job',
      keys: ['stty size; sleep 1 & wait; echo w\r', 2, '\x04'],
      text: '/ # stty size; sleep 1 & wait; echo w\r\n24 80\r\nw\r\n/ # ',
      status: 0,
    },
  ])('$name', async ({ keys, text, status }) => {
    expect(await session(keys)).toEqual({ text, status })
  })

  test('hanging up ends what runs', async () => {
    const world = createWorld()
    const stdin = feedInput(world.engine)
    const run = world.start(['sleep', '1000'], { stdin, terminal: { columns: 80, rows: 24 } })
    await world.driver.advance(1_000_000)
    run.hangUp()
    expect(await world.driver.wait(run.done)).toBe(129)
  })
})
