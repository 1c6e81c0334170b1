// The help of every command fits a terminal of 80 columns, and says no default that says nothing; each mistake ends with one status.

import { expect, test, vi } from 'vitest'
import { runCli } from './main.ts'

async function helpOf(path: readonly string[]): Promise<string> {
  let text = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((part) => ((text += String(part)), true))
  try {
    await runCli([...path, '--help'])
  } finally {
    write.mockRestore()
  }
  return text
}

const commandsOf = (help: string): readonly string[] =>
  [...help.matchAll(/^ {2}([a-z]+)(?= [[<]| {2,}| *$)/gm)].map(([, name = '']) => name)

test.each([
  [['--version'], 0],
  [['run', '--help'], 0],
  [[], 2],
  [['rnu'], 2],
  [['run', 'x.yaml', '--reprot', 'json'], 2],
  [['run'], 2],
  [['run', 'no-such.txt'], 2],
  [['lab'], 2],
  [['up', '--nodes', 'three'], 2],
  [['exec', '--kubeconfig', 'no-such', 'external', '--', 'true'], 2],
])('%j ends with status %d', async (args, status) => {
  const mocks = [process.stdout, process.stderr].map((out) => vi.spyOn(out, 'write').mockImplementation(() => true))
  try {
    expect(await runCli(args)).toBe(status)
  } finally {
    for (const mock of mocks) mock.mockRestore()
  }
})

test('80 columns, every command', async () => {
  const paths: (readonly string[])[] = [[]]
  for (const path of paths) {
    const help = await helpOf(path)
    expect(help, path.join(' ')).toMatch(/^Usage: podwire/)
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(help).not.toMatch(/default: (\[\]|true\)$)/m)
    const section = /^Commands:\n([\s\S]*)/m.exec(help)?.[1] ?? ''
    for (const name of commandsOf(section)) if (name !== 'help') paths.push([...path, name])
  }
  expect(paths.length).toBeGreaterThan(18)
})
