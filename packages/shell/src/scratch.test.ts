import { Engine, VirtualTimeDriver } from '@podwire/engine'
import { test } from 'vitest'
import { collectOutput, createFileTree, runShell } from './index.ts'
test('scratch', async () => {
  for (const script of ['echo hi', 'x=1; y=$((x+2)); echo $y "a  b" $x*', 'yes | head -3', 'for i in 1 2 3; do echo $i; done | while read l; do echo "<$l>"; done', 'sleep 5 & wait; date', 'foo', 'trap "echo bye; exit 3" TERM; kill $$; echo no', 'cat <<E\nhi $(echo there)\nE', 'echo a > /f; cat /f; ls /', 'while true; do :; done', 'f() { local a=1; echo $a $1; return 4; }; f x; echo $?', 'set -- a b; echo "$@" $#', 'echo ${x:-d} ${x:=e} ${x#e}', 'timeout 2 sleep 10; echo $?', 'false | true; echo $?; set -o pipefail; false | true; echo $?','case abc in a*) echo yes;; esac']) {
    const engine = new Engine(); const driver = new VirtualTimeDriver(engine)
    const out = collectOutput()
    const t = performance.now()
    const run = runShell({ engine, random: engine.random.fork('x'), files: createFileTree(new Map([['/etc/hostname','h\n']])), environment: new Map(), argv: ['sh', '-c', script], stdout: out, hostname: 'h' })
    const status = await driver.wait(run.done)
    console.log(script, '=>', status, JSON.stringify(out.text()), engine.clock.now(), (performance.now()-t).toFixed(1))
  }
})
