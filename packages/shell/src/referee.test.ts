// The shells of this machine as referees: the same scripts must print the same and end with the same status in sh, busybox's ash, dash
// and bash as in ours, and what goes wrong must be told in the same words. Scripts that real shells answer differently among
// themselves carry the shell they are for.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runScript } from './shell.suite.ts'

const BOTH: readonly string[] = [
  `echo hello; echo "a   b" 'c  d' e\\ f`,
  `x=5; echo $x \${x}y "$x" '$x' \\$x`,
  `echo \${u:-default} \${u-unset}; u=; echo "[\${u:-empty}]" "[\${u-not}]" "[\${u:+alt}]"; u=1; echo \${u:+alt}`,
  `echo \${v:=assigned} $v; echo \${#v}`,
  `p=/usr/local/lib/file.tar.gz; echo \${p##*/} \${p#*/} \${p%.*} \${p%%.*} \${p%/*}`,
  `x='a  b c'; set -- $x; echo $#; set -- "$x"; echo $#`,
  `IFS=:; x=a:b::c; set -- $x; echo $#; for i in "$@"; do echo "<$i>"; done`,
  `set -- 'a b' c; for i in "$@"; do echo "<$i>"; done; for i in $@; do echo "[$i]"; done; for i in "$*"; do echo "{$i}"; done`,
  `set --; for i in "$@"; do echo never; done; echo $#; set -- ""; echo $#`,
  `echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((7%3)) $((-7/2)) $((1<<4)) $((5>3)) $((5==3)) $((1&&0)) $((!0)) $((~5))`,
  `i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 3 ] && continue; echo $i; done`,
  `for i in 1 2 3; do for j in a b; do [ $i$j = 2a ] && break 2; echo $i$j; done; done`,
  `until false; do echo once; break; done; echo $?`,
  `case foo.txt in *.sh) echo sh;; *.txt|*.md) echo text;; *) echo other;; esac`,
  `case "a*" in "a*") echo literal;; a*) echo pattern;; esac; case abc in [!a]*) echo no;; [a-c]??) echo yes;; esac`,
  `f() { echo "$1-$2-$#"; return 7; }; f x "y z"; echo $?`,
  `f() { x=inner; local y=1; y=2; echo $y; }; x=outer; y=out; f; echo $x $y`,
  `(x=1; echo $x; exit 3); echo $? "[$x]"`,
  `x=$(echo a; echo b; echo); echo "$x"; echo $x; echo \`echo nested \\\`echo deep\\\`\``,
  `echo "$(echo "quoted $(echo inner)")"`,
  `true && echo a || echo b; false && echo a || echo b; ! true; echo $?; ! false; echo $?`,
  `false; echo $?; true; echo $?; (exit 42); echo $?`,
  `set -e; echo a; false; echo b`,
  `set -e; if false; then echo x; fi; false || echo ok; false && echo no; echo still; (false); echo not`,
  `set -e; f() { false; echo in; }; f || echo caught; f; echo unreached`,
  `set -u; echo before; echo $undefined_thing; echo after`,
  `cat <<EOF\nhello $((1+1)) \${HOME:+home}\n  indented \\$x \\\\\nEOF`,
  `cat <<'EOF'\n$x \`cmd\` \\$\nEOF`,
  `x=v; cat <<-EOF\n\tone\n\t\ttwo $x\n\tEOF\necho end`,
  `echo one > f; echo two >> f; cat f; cat < f | wc -l; rm f; [ -f f ] || echo gone`,
  `echo err 1>&2; echo out 2>/dev/null; { echo a; echo b >&2; } 2>&1 | sort`,
  `exec 3>out; echo to3 >&3; exec 3>&-; cat out; exec < out; read line; echo "got $line"`,
  `printf '%s-%d|%5s|%-5s|%05d\\n' a 7 b c 42; printf '%s\\n' 1 2 3; printf '%x %o %c\\n' 255 8 xyz`,
  `printf '%b\\n' 'a\\tb'; printf '%%|%s|\\n'; printf '%.2f %5.1f\\n' 3.14159 2.5`,
  `echo a b c | { read x y; echo "$x/$y"; }; printf 'l1\\nl2\\n' | while read l; do echo "<$l>"; done`,
  `printf 'a\\\\b c\\n' | { read x; printf '%s\\n' "$x"; }; printf 'a\\\\b\\n' | { read -r x; printf '%s\\n' "$x"; }`,
  `printf 'a:b:c:d\\n' | { IFS=: read x y z; echo "$x $y $z"; }; printf '  sp  x  \\n' | { read x y; echo "[$x][$y]"; }`,
  `while getopts ab:c o -a -b val -c rest; do echo "$o \${OPTARG-none}"; done; echo $OPTIND`,
  `trap 'echo bye' EXIT; echo work; exit 5`,
  `trap 'echo got' TERM; kill -TERM $$; echo after`,
  `trap '' TERM; kill -TERM $$; echo survived; trap - TERM; echo $?`,
  `sh -c 'kill -KILL $$'; echo $?; sh -c 'kill -TERM $$'; echo $?`,
  `true & wait $!; echo $?; (exit 9) & wait $!; echo $?; wait; echo $?`,
  `echo abc | tr a-c A-C; echo hello | tr -d l; echo aabbcc | tr -s a-c; echo "a b" | tr ' ' '\\n'`,
  `printf 'b\\na\\nc\\na\\n' | sort | uniq -c | sed 's/^ *//'; printf '10\\n9\\n2\\n' | sort -n; printf '1 b\\n2 a\\n' | sort -k2`,
  `printf 'one\\ntwo\\nthree\\n' | grep t; printf 'one\\ntwo\\n' | grep -v one; printf 'a1\\nb2\\n' | grep -E '[0-9]' | grep -c .; echo x | grep -q y; echo $?`,
  `printf 'key=value\\n' | cut -d= -f2; echo abcdef | cut -c2-4; echo 'a,b,c' | cut -d, -f1,3`,
  `echo 'hello world' | sed 's/o/0/g; s/world/[&]/'; printf '1\\n2\\n3\\n4\\n' | sed -n '2,3p'; printf 'a\\nb\\n' | sed '/a/d'`,
  `echo 'ab12' | sed -E 's/([a-z]+)([0-9]+)/\\2\\1/'; echo aaa | sed 's/a/b/2'; printf '1\\n2\\n3\\n' | sed '$d'`,
  `seq 3; seq 2 2 6; seq 5 -2 1; seq -s, 3; printf '1\\n2\\n3\\n' | head -n 2; printf '1\\n2\\n3\\n' | tail -n 1; seq 5 | tail -n +4`,
  `yes | head -n 2; seq 100000 | head -n 1; echo $?`,
  `basename /a/b.txt .txt; basename /a/b/; dirname /a/b/c; dirname x; basename /`,
  `expr 3 + 4; expr 10 / 3; expr abc : 'a\\(.*\\)'; expr 1 = 2; echo $?; expr length hello`,
  `mkdir -p d/e; touch d/e/f d/g; ls d; echo d/*; echo d/*/f nomatch*; rm -r d; ls`,
  `touch a1 a2 b1; echo a* ?1 [ab]1; x='a*'; echo $x "$x"; set -f; echo a*; rm a1 a2 b1`,
  `echo 1 2 3 | xargs echo got; printf 'a\\nb\\n' | xargs -n1 echo x; printf 'p q\\n' | xargs -I{} echo '<{}>'`,
  `env -i A=1 B=2 sh -c 'echo $A$B'; A=5 sh -c 'echo $A'; echo "[$A]"; export C=7; sh -c 'echo $C'`,
  `[ a = a ] && [ 1 -lt 2 ] && [ ! -e nofile ] && [ -n x -a -z "" ] && echo all; [ 3 -gt 5 -o 1 = 1 ] && echo or; test -d / && echo dir`,
  `eval 'x=1; echo $x'; eval "echo \\"\\$x\\""; y=x; eval echo \\$$y`,
  `echo 'echo sourced $1; z=3' > s; . ./s; echo $z; sh s arg; rm s`,
  `set -- a b c; shift; echo $*; shift 2; echo $#; set -- -x; echo $1`,
  `{ echo group; echo more; } | cat -n | sed 's/^ *//'; if true; then echo t; else echo e; fi | cat`,
  `false | true; echo $?; true | false; echo $?; echo a | cat | cat | cat`,
  `echo \${x:?gone} 2>/dev/null; echo unreachable`,
  `readonly r=1; echo $r; unset nothing; x=1; unset x; echo "[$x]"`,
  `nosuchcommand 2>/dev/null; echo $?; ./nosuch 2>/dev/null; echo $?; echo x > noexec; rm noexec`,
  `x=~; [ "$x" = "$HOME" ] && echo home; echo "~" \\~ a~`,
  `echo a\\\nb; echo "c\\\nd"; echo 'e\\'; # comment\necho f#g`,
  `command -v cd; command echo via; type nosuch >/dev/null 2>&1 || echo none`,
  `f() { [ $1 -le 0 ] && return; echo $1; f $(($1-1)); }; f 3`,
  `x=1; { x=2; }; echo $x; echo y | { read x; }; echo $x; (x=9); echo $x`,
  `i=0; while true; do i=$((i+1)); if [ $i -ge 1000 ]; then break; fi; done; echo $i`,
  `a='x y'; b=$a; echo "$b"; c="$a"z; echo "$c"; d=\${a}w; echo $d`,
  `echo "\${x:-a "b c" d}"; echo \${x:-"q  r" s}; echo "\${x:-'single'}"; x='*'; echo "$x"`,
  `set -x; echo traced 2>/dev/null; set +x; echo done`,
  `echo 5 | { read n; echo $((n * 2)); }; n=010; echo $((n)) $((0x1F))`,
  `for x; do echo no; done; set -- p q; for x do echo $x; done`,
  `timeout 5 echo quick; timeout 0.2 sleep 5; echo $?; sh -c 'exit 300'; echo $?`,
  `printf 'a1b2\\nb2\\na3\\n' | grep -m1 -o '[0-9]'; echo aXbXc | grep -oE 'X[a-z]'; mkdir d; echo hit > d/f; grep -rl hit .; grep -rn hit d`,
  `while getopts ":ab:" o -a -c -b; do echo "$o:$OPTARG"; done; echo $OPTIND; OPTIND=1; while getopts ab: o -x -b 2>/dev/null; do echo $o; done; echo $OPTIND`,
  `sleep 5 & kill $!; wait $!; echo $?; kill -0 $!; echo $?; kill -l 143; kill -l 9`,
  `umask; umask 027; umask; umask -S; (umask 0); umask`,
  `echo a > f; set -C; echo b > f; cat f; echo c >| f; cat f`,
  `printf '#!/bin/sh\\necho ran $1\\n' > f; ./f; echo $?; chmod +x f; ./f a; ls -l f | cut -c1-10; chmod u=rw,go= f; ls -l f | cut -c1-10; [ -x f ]; echo $?; chmod 750 f; stat -c %a f; mkdir g; chmod 700 g; ls -ld g | cut -c1-10`,
  `echo 'a b c' | awk '{print $2}'; printf '1 2\\n3 4\\n' | awk '{s+=$1} END{print s, NR}'; awk -F: -v x=3 'BEGIN{print x*2; printf "%.2f %s\\n", 3.14159, "q"}'; printf 'a:b\\n' > f; awk -F: '/a/{print NR": "$2}' f; echo x | awk '{exit 3}'; echo $?`,
  `mkdir -p a/b; echo 1 > a/x.txt; : > a/b/y.txt; touch a/z.log; find a | sort; find a -name '*.txt' -type f | sort; find a -type d; find a -size 0 | sort; find a -name '*.txt' -exec echo got {} \\; | sort; find a -type f -exec cat {} +; find . -name z.log -delete; find a \\( -name x.txt -o -name y.txt \\) -print | sort; find a ! -name '*.txt' | sort; find a -name b -prune -o -type f -print; find a -mindepth 2; find a -maxdepth 0; find nodir; echo $?; find a -type f -print0 | xargs -0 ls | sort`,
  `echo hello | md5sum; printf abc | sha256sum; echo hello | base64; echo aGVsbG8K | base64 -d; printf abc > f; sha1sum f > s; sha1sum -c s; printf x >> f; sha1sum -c s; echo $?; head -c 100 /dev/zero | base64 | wc -l; echo '!!' | base64 -d; echo $?`,
  `printf 'a\\nb\\n' > f; printf 'a\\nc\\n' > g; diff f f; echo $?; diff f g > d; echo $?; comm f g; paste f g; nl f; tac f; echo 'a b c d e' | fold -w 3; join f f; printf 'x\\ty\\n' | expand; stat -c %s f; readlink f; echo $?; realpath /etc/../tmp`,
  `printf 'a\\nb\\nc\\nd\\n' | sed 'N;s/\\n/-/'; printf 'a\\nb\\nc\\n' | sed '1!G;h;$!d'; printf '1\\n2\\n3\\n' | sed '/2/{s/2/two/;p;}'; printf 'l1\\nl2\\n' > f; sed -i.old 's/l/L/' f; cat f f.old; sed ':a;s/L/x/;ta' f; sed '$!N;P;D' f; sed 's/L/&&/w out' f; cat out; printf '1K\\n1M\\n5\\n' | sort -h; printf '1 a\\n2 a\\n' | uniq -f1; printf 'abc\\nde\\n' | wc -L`,
  `echo one > f; ln -s f l; cat l; readlink l; [ -L l ]; echo $?; [ -L f ]; echo $?; [ -f l ] && echo file; mkdir d; echo in > d/x; ln -s d e; ls e; cat e/x; ls -l l e | cut -c1; ls -l l | sed 's/.* l ->/l ->/'; rm e; ls d; find . -type l; echo two > l; cat f; ln -s nowhere g; [ -e g ] || echo dangling; cat g; echo $?; echo made > g; cat nowhere`,
  `mkdir -p a/b f.d; echo in > f.d/f; ln -s ../../f.d a/b/up; ln -s loop loop; cat loop; echo $?; ln -s a c; cd c; basename $PWD; cd ..; ln -s a c; echo $?; ln -sfn a/b c; readlink c; cp -r a z; readlink z/b/up; find -L c -maxdepth 1 | sort; grep -r in z; echo $?; rm -r a; ls; cat f.d/f; readlink -f c > x; echo $?; basename $(realpath z/b/up)`,
  `echo text > f; gzip -k f; ls; gunzip -c f.gz; rm f; gunzip f.gz; cat f; ls; gzip -c f | zcat; gzip < f | gunzip; gunzip f 2>/dev/null; echo $?; zcat f 2>/dev/null; echo $?; gzip nothere 2>/dev/null; echo $?`,
  `echo one two | wc -w; printf 'ab\\ncd\\n' | wc -c; printf 'x' | wc -l`,
]

const BASH_ONLY: readonly string[] = [
  `echo {a,b}c {1..4} x{1,2}y{3,4} {a..c} {01..03}`,
  `a=(1 2 "3 4"); echo \${a[1]} \${#a[@]} "\${a[@]}"; a+=(5); a[7]=x; echo "\${!a[@]}"; unset 'a[0]'; echo \${a[@]}`,
  `x=hello; echo \${x:1:3} \${x: -2} \${x/l/L} \${x//l/L} \${x^} \${x^^} \${x/#he/HE} \${x/%lo/LO}`,
  `[[ abc == a* ]] && echo m; [[ abc == "a*" ]] || echo n; [[ a < b && ! 1 -gt 2 ]] && echo o; [[ x12 =~ ^x([0-9]+)$ ]] && echo \${BASH_REMATCH[1]}`,
  `for ((i=0; i<3; i++)); do echo $i; done; ((x=5)); echo $x; ((0)); echo $?; ((x+=2, x*=2)); echo $x`,
  `set -o pipefail; false | true; echo $?; echo \${PIPESTATUS[@]}`,
  `cat <<< "here $((1+1))"; read a b <<< "p q r"; echo $a/$b`,
  `x=abc; y=x; echo \${!y}; declare -i n=3+4; echo $n 2>/dev/null; printf '%q\\n' 'a b'`,
  `echo err 2>&1 &> f; cat f; echo more &>> f; cat f; rm f`,
  `f() { echo $FUNCNAME; }; function g { echo g; }; g; set -- a b c d; echo "\${@:2:2}" "\${@: -1}"`,
  `echo $'a\\tb\\n'; echo "\${x@Q}"; x="it's"; echo "\${x@Q}"`,
  `case abc in a*) echo 1;;& *c) echo 2;& x) echo 3;; esac; shopt -s extglob\ncase foo in @(foo|bar)) echo ext;; esac`,
  `false | true | (exit 2); echo "\${PIPESTATUS[@]}" $?; true; echo $PIPESTATUS; f() { echo "$FUNCNAME \${#FUNCNAME[@]}"; g; }; g() { echo \${FUNCNAME[*]}; }; f`,
  `set -e; x=$(false; echo kept); echo $x; shopt -s inherit_errexit; y=$(false; echo lost); echo no`,
  `trap 'echo err $?' ERR; false; (exit 3); if false; then :; fi; false || true; f() { false; true; }; f; echo end`,
  `let n=1+2 "m = n * 2"; echo $n $m; let n-n; echo $?; mapfile -t l <<< $'p\\nq r'; echo "\${l[1]}" \${#l[@]}; printf -v v '%03d' 7; echo $v; printf '%q %q %q\\n' 'a b' "it's" ''; printf '%(%Y-%m)T\\n' 0`,
  `cat <(echo a) <(echo b); while read x; do echo "<$x>"; done < <(seq 2); paste <(seq 2) <(seq 3 4); diff <(echo a) <(echo a) && echo same; . <(echo 'echo sourced')`,
  `mkdir d; cd d; pushd / > /dev/null; pwd; popd > /dev/null; basename "$PWD"; popd; echo $?; shopt -s nullglob; echo x* y; shopt -u nullglob; echo x*; builtin echo b; builtin nosuch; echo $?; type -p cat | wc -l; command -v nosuch echo; echo $?`,
  `unset u; (echo \${u?msg}); echo $?; (set -u; echo $u); echo $?; local z; echo $?; return 3; echo after; break; echo on; x=5 :; echo [$x]`,
  `declare -A m; m[a]=1; m[b c]="x y"; k=d; m[$k]+=3; m[$k]+=4; echo "\${m[a]}" "\${m[b c]}" "\${m[d]}" \${#m[@]} "\${m[none]-unset}"; for x in "\${!m[@]}"; do echo "<$x>"; done; unset 'm[a]'; echo "\${m[@]}"; [[ -z \${m[a]} ]] && echo gone`,
  `declare -A ports=([http]=80 [https]=443 ["with space"]="a b" [mysql]=3306 [redis]=6379 [dns]=53); echo "\${!ports[@]}"; echo "\${ports[@]}"; for p in "\${!ports[@]}"; do echo "$p=\${ports[$p]}"; done; ports+=([ssh]=22); echo \${#ports[@]} "\${ports[ssh]}"; (( ports[http]++ )); echo \${ports[http]} $(( ports[dns] + 1 ))`,
  `f() { local -A seen=(); for w in "$@"; do seen[$w]=$(( \${seen[$w]:-0} + 1 )); done; echo \${seen[a]} \${seen[b]}; }; f a b a; echo "[\${seen[a]}]"; a=([3]=x y [1]=z); echo "\${!a[@]}" "\${a[@]}"; a[-1]=last; echo "\${a[@]}"`,
  `PS3='pick> '; select x in one two three; do echo "$REPLY:$x"; [ "$x" = two ] && break; done <<< $'1\n9\n2\n3'; echo $? $x; select y in a b; do echo never; done < /dev/null; echo $?`,
  `read -a arr <<< "1 2 3"; echo \${arr[2]}; while read -r -d, x; do echo $x; done <<< "a,b,c,"`,
]

/** What goes wrong: their messages count too. Each is run from `-c`, as a file and from standard input. */
const MISTAKES: readonly string[] = [
  `nosuch; echo $?\n\ncd /nope\necho $?`,
  `ls > /nope/x\necho $?; cat < /nope; echo $?`,
  `f() {\n  nosuch1\n}\nf\necho "$(nosuch2)"; (nosuch3)\nnosuch4 | cat`,
  `eval 'nosuch'\ntrue\neval "cd /nope"`,
  `set -u\necho a\necho $nope\necho b`,
  `readonly r=1\nr=2\necho after`,
  `export 1a=2\necho after`,
  `unset u\necho \${u?}`,
  `echo \${u:?no u}`,
  `[ a -eq 1 ]; echo $?\n[ 1 -lt b ]\ntest x -gt 2`,
  `kill -0 999999; echo $?\nif true; then\n  kill 999999\nfi`,
  `echo hi\nif then\n`,
  `echo hi; )`,
  `exec nosuch`,
  `command nosuch; echo $?\n./nosuch; echo $?`,
  `. /nope/file\necho after`,
  `for i in 1 2; do\n  nosuch$i\ndone\ncase x in x)\n nosuch5;; esac`,
]

/** What dash has not. */
const DASH_ONLY: readonly string[] = [
  `echo -e 'a\\tb'; echo 'c\\nd'; echo -n x; echo -en y`,
  `[[ a == a ]]; echo $?; source /dev/null; echo $?; let x=1; echo $?`,
  `echo "[$RANDOM][$SECONDS][$LINENO]"; [ a == a ]; echo $?`,
  `x=abc; echo \${x:1:1}; echo no`,
  `x=abc; echo \${x/b/c}`,
  `set -o pipefail; echo no`,
  `declare a=1; echo $?; pushd /; echo $?`,
]

const BUSYBOX = '/bin/busybox'

/** Differences that are decided, with the reason. */
const DECIDED: ReadonlyMap<string, string> = new Map([['declare -i', 'the integer attribute is not kept']])

interface Verdict {
  readonly status: number
  readonly stdout: string
  readonly stderr?: string
}

/** All scripts in one call: starting a process from here is what takes the time. Each gets an empty directory of its own. */
const DRIVER = `
i=0
for script in "$@"; do
  mkdir "d$i"
  (cd "d$i" && exec env -i HOME=/root PATH="$PATH" LC_ALL=C "$REFEREE" -c "$script") > "o$i" 2> "e$i" </dev/null
  echo $? > "s$i"
  i=$((i+1))
done`

function runReal(shell: string, scripts: readonly string[], withMessages: boolean): ReadonlyMap<string, Verdict> {
  const directory = mkdtempSync(join(tmpdir(), 'referee-'))
  try {
    if (shell === 'ash') symlinkSync(BUSYBOX, join(directory, 'ash'))
    const path = `${directory}:/usr/bin:/bin`
    const options = { cwd: directory, env: { PATH: path, REFEREE: shell }, timeout: 60_000 }
    spawnSync('/bin/sh', ['-c', DRIVER, 'driver', ...scripts], options)
    const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
    return new Map(
      scripts.map((script, index) => [
        script,
        {
          status: Number(read(`s${index}`)),
          stdout: read(`o${index}`),
          ...(withMessages ? { stderr: read(`e${index}`) } : {}),
        },
      ]),
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The ways a script comes to a shell: `-c`, a file, standard input. */
const WAYS: readonly ((shell: string, script: string) => string)[] = [
  (shell, script) => `${shell} -c ${quoted(script)}`,
  (shell, script) => `printf %s ${quoted(script)} > s.sh; ${shell} s.sh`,
  (shell, script) => `printf %s ${quoted(script)} | ${shell}`,
]

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

for (const [real, dialect, scripts, mistakes] of [
  ['sh', 'sh', BOTH, []],
  ['ash', 'ash', BOTH, MISTAKES],
  ['dash', 'dash', [...BOTH, ...DASH_ONLY], [...MISTAKES, ...DASH_ONLY]],
  ['bash', 'bash', [...BOTH, ...BASH_ONLY], MISTAKES],
] as const) {
  const absent = !existsSync(real === 'ash' ? BUSYBOX : `/bin/${real}`)
  describe.skipIf(absent)(`as ${real}${absent ? ` (skipped: there is no ${real} here)` : ''}`, () => {
    const kept = scripts.filter((script) => ![...DECIDED.keys()].some((mark) => script.includes(mark)))
    const messages = mistakes.flatMap((script) => WAYS.map((way) => way(real, script)))
    let verdicts: ReadonlyMap<string, Verdict> = new Map()
    beforeAll(() => {
      verdicts = new Map([...runReal(real, kept, false), ...runReal(real, messages, true)])
    }, 90_000)
    test.each(kept)('%s', async (script) => {
      const ours = await runScript(script, { dialect })
      expect({ status: ours.status, stdout: ours.stdout }).toEqual(verdicts.get(script))
    })
    test.each(messages)('%s', async (script) => {
      const { status, stdout, stderr } = await runScript(script, { dialect })
      expect({ status, stdout, stderr }).toEqual(verdicts.get(script))
    })
  })
}
