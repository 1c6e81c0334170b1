// What has no referee: virtual time, signals, budgets, messages, set -x, stdin scripts.

import { describe, expect, test } from 'vitest'
import { runScript } from './shell.suite.ts'

interface Row {
  readonly name: string
  readonly script: string
  readonly stdout?: string
  readonly stderr?: string
  readonly status?: number
  readonly seconds?: number
  readonly dialect?: 'sh' | 'dash' | 'bash'
  readonly stdin?: string
}

const TIME: readonly Row[] = [
  { name: 'sleep takes virtual time', script: 'sleep 1.5; sleep 1m', seconds: 61.5 },
  { name: 'background jobs run at once', script: 'sleep 3 & sleep 5 & wait; echo done', stdout: 'done\n', seconds: 5 },
  { name: 'wait gives a job’s status', script: '(sleep 1; exit 7) & wait $!; echo $?', stdout: '7\n', seconds: 1 },
  { name: 'timeout ends a command', script: 'timeout 2 sleep 10; echo $?', stdout: '124\n', seconds: 2 },
  { name: 'timeout -s KILL', script: 'timeout -s KILL 2 sleep 10; echo $?', stdout: '124\n', seconds: 2 },
  { name: 'timeout leaves a quick command alone', script: 'timeout 9 echo hi; echo $?', stdout: 'hi\n0\n', seconds: 0 },
  {
    name: 'date follows the clock',
    script: 'date +%T; sleep 3661; date +%T',
    stdout: '00:00:00\n01:01:01\n',
    seconds: 3661,
  },
  { name: '$SECONDS follows the clock', script: 'sleep 7; echo $SECONDS', stdout: '7\n', seconds: 7, dialect: 'bash' },
  {
    name: 'time measures virtual time',
    script: 'time -p sleep 2.5',
    stderr: 'real 2.50\nuser 0.00\nsys 0.00\n',
    seconds: 2.5,
    dialect: 'bash',
  },
  {
    name: 'pipeline stages run at the same time',
    script: '(sleep 2; echo a) | (sleep 2; cat)',
    stdout: 'a\n',
    seconds: 2,
  },
  {
    name: 'output flows while the writer still runs',
    script: '(echo first; sleep 9) | (read l; echo $l; date +%S)',
    stdout: 'first\n00\n',
    seconds: 9,
  },
  {
    name: 'head ends an endless writer',
    script: 'yes | head -2; while true; do echo x; done | head -1',
    stdout: 'y\ny\nx\n',
    seconds: 0,
  },
  {
    name: 'watch repeats until it is stopped',
    script: "timeout 5 watch -t -n 2 'echo round' | grep -c round",
    stdout: '3\n',
    seconds: 5,
  },
  { name: 'read -t gives up', script: 'sleep 9 | read -t 2 x; echo $?', stdout: '142\n', seconds: 9, dialect: 'bash' },
]

const SIGNALS: readonly Row[] = [
  {
    name: 'kill ends a background sleep',
    script: 'sleep 100 & kill $!; wait $!; echo $?',
    stdout: '143\n',
    seconds: 0,
  },
  { name: 'kill -9', script: 'sleep 100 & kill -9 $!; wait $!; echo $?', stdout: '137\n', seconds: 0 },
  {
    name: 'a trap runs after the foreground command',
    script: '(sleep 1; kill -TERM $$) & trap "echo term" TERM; sleep 5; echo after',
    stdout: 'term\nafter\n',
    seconds: 5,
  },
  {
    name: 'a trap interrupts wait at once',
    script: 'trap "echo term" TERM; sleep 100 & (sleep 1; kill -TERM $$) & wait %1; echo $?; kill $!; true',
    stdout: 'term\n143\n',
  },
  {
    name: 'EXIT runs after exit and keeps the status',
    script: 'trap "echo bye" EXIT; exit 4',
    stdout: 'bye\n',
    status: 4,
  },
  { name: 'a trap may exit', script: 'trap "echo t; exit 9" TERM; kill $$; echo no', stdout: 't\n', status: 9 },
  { name: 'an untrapped signal ends the shell', script: 'kill -TERM $$; echo no', stdout: '', status: 143 },
  { name: 'a subshell forgets traps', script: 'trap "echo p" EXIT; (true); echo q', stdout: 'q\np\n' },
  { name: 'SIGPIPE is 141', script: 'set -o pipefail; yes | head -1; echo $?', stdout: 'y\n141\n', dialect: 'bash' },
  {
    name: 'kill of nobody',
    script: 'kill 4242',
    stderr: "sh: can't kill pid 4242: No such process\n",
    status: 1,
  },
  {
    name: 'stopping is refused',
    script: 'kill -STOP 1',
    stderr: 'sh: stopping processes (STOP) is not simulated\n',
    status: 1,
  },
]

const MESSAGES: readonly Row[] = [
  { name: 'not found', script: 'nope', stderr: 'sh: nope: not found\n', status: 127 },
  {
    name: 'dash has no keyword time',
    script: 'time true; echo $?',
    stdout: '127\n',
    stderr: 'dash: 1: time: not found\n',
    dialect: 'dash',
  },
  {
    name: 'not found in bash',
    script: 'nope',
    stderr: 'bash: line 1: nope: command not found\n',
    status: 127,
    dialect: 'bash',
  },
  {
    name: 'no such path in bash',
    script: './nope',
    stderr: 'bash: line 1: ./nope: No such file or directory\n',
    status: 127,
    dialect: 'bash',
  },
  { name: 'a directory', script: '/tmp', stderr: 'sh: /tmp: Permission denied\n', status: 126 },
  { name: 'cannot create', script: 'echo > /x/y', stderr: "sh: can't create /x/y: nonexistent directory\n", status: 1 },
  { name: 'cannot open', script: 'cat < /nope', stderr: "sh: can't open /nope: no such file\n", status: 1 },
  { name: 'set -u', script: 'set -u; echo $x; echo no', stderr: 'sh: x: parameter not set\n', status: 2 },
  {
    name: 'set -u in bash',
    script: 'set -u; echo $x',
    stderr: 'bash: line 1: x: unbound variable\n',
    status: 127,
    dialect: 'bash',
  },
  { name: 'division', script: 'echo $((1/0)); echo no', stderr: 'sh: divide by zero\n', status: 2 },
  {
    name: 'unfinished if',
    script: 'if true',
    stderr: 'sh: syntax error: unexpected end of file (expecting "then")\n',
    status: 2,
  },
  { name: 'stray parenthesis', script: 'echo )', stderr: 'sh: syntax error: unexpected ")"\n', status: 2 },
  { name: 'open quote', script: 'echo "abc', stderr: 'sh: syntax error: unterminated quoted string\n', status: 2 },
  {
    name: 'lines before a syntax error run',
    script: 'echo one\necho )',
    stdout: 'one\n',
    stderr: 'sh: syntax error: unexpected ")"\n',
    status: 2,
  },
  { name: 'set -x', script: 'set -x; x="a b"; echo "$x" c', stdout: 'a b c\n', stderr: "+ x='a b'\n+ echo 'a b' c\n" },
  {
    name: 'what of awk would follow the host is refused',
    script: "awk 'BEGIN{print rand()}'",
    stderr: 'awk: rand(): not simulated\n',
    status: 2,
  },
  { name: 'cat of nothing', script: 'cat nope', stderr: 'cat: nope: No such file or directory\n', status: 1 },
]

const INPUT: readonly Row[] = [
  { name: 'commands share the input', script: 'read a; read b; cat', stdin: '1\n2\n3\n4\n', stdout: '3\n4\n' },
  {
    name: 'sh reads a script from its input',
    script: 'sh',
    stdin: 'echo a\nif true\nthen echo b\nfi\nread x\nvalue\necho "got $x"\n',
    stdout: 'a\nb\ngot value\n',
  },
  { name: 'without input it is at its end', script: 'cat; read x; echo $?', stdout: '1\n' },
  { name: 'a here-document script', script: "sh -s one two <<'E'\necho $# $2\nE", stdout: '2 two\n' },
]

for (const [title, rows] of [
  ['time', TIME],
  ['signals', SIGNALS],
  ['messages', MESSAGES],
  ['input', INPUT],
] as const) {
  describe(title, () => {
    test.each(rows)('$name', async (row) => {
      const result = await runScript(row.script, {
        ...(row.dialect === undefined ? {} : { dialect: row.dialect }),
        ...(row.stdin === undefined ? {} : { stdin: row.stdin }),
      })
      if (row.stdout !== undefined) expect(result.stdout).toBe(row.stdout)
      if (row.stderr !== undefined) expect(result.stderr).toBe(row.stderr)
      if (row.seconds !== undefined) expect(result.seconds).toBeCloseTo(row.seconds, 3)
      if (row.status !== undefined) expect(result.status).toBe(row.status)
    })
  })
}

describe('scripts that do not end', () => {
  test.each([
    'while true; do :; done',
    'while :; do true; done & while :; do true; done; echo no',
    'f() { f; }; while true; do f 2>/dev/null; done',
    'yes > /dev/null',
    'while true; do (while true; do :; done); done',
    'while true; do x=$(echo a); done',
    'cat /dev/zero > /home/file',
  ])('%s', async (script) => {
    const result = await runScript(script, { stepBudget: 20_000 })
    expect(result.status).not.toBe(0)
    expect(result.stdout).toBe('')
    if (!script.startsWith('f()'))
      expect(result.stderr).toMatch(/stopped after 20000 steps in one moment of virtual time/)
  })

  test('a loop that lets time pass goes on', async () => {
    const result = await runScript('i=0; while [ $i -lt 3000 ]; do i=$((i+1)); sleep 1; done; echo $i', {
      stepBudget: 1000,
    })
    expect(result).toMatchObject({ status: 0, stdout: '3000\n', seconds: 3000 })
  })
})
