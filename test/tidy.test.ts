// The house rules that types and lint cannot express. Each failure says what to do instead.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Which packages a package may import. Arrows go one way; the four in the middle never meet. */
const ARROWS: ReadonlyMap<string, readonly string[]> = new Map([
  ['engine', []],
  ['apiserver', ['engine']],
  ['shell', ['engine']],
  ['controllers', ['engine', 'apiserver']],
  ['proxy', ['engine', 'apiserver']],
  ['dns', ['engine', 'apiserver']],
  ['ingress', ['engine', 'apiserver']],
  ['sim', ['engine', 'apiserver', 'controllers', 'proxy', 'dns', 'ingress', 'shell']],
])

/** The thin shell: what meets the host. `.oxlintrc.json` names the same folders. */
const HOST_DOORS = /^packages\/sim\/src\/(cli|doors)\//
const NO_FILES = /^$/
/** Names what the bans name, to find it at run time. */
const GUARD = 'packages/sim/src/guard/ambient.ts'

interface Ban {
  readonly what: string
  readonly pattern: RegExp
  readonly instead: string
  /** Files that are the one place for it. */
  readonly except: RegExp
}

const BANS: readonly Ban[] = [
  { what: 'Date.now()', pattern: /\bDate\.now\(/, instead: 'engine.clock', except: HOST_DOORS },
  {
    what: 'new Date()',
    pattern: /\bnew Date(\(\)|(?![\w(]))|(?<!new )\bDate\(\)/,
    instead: 'engine.clock',
    except: HOST_DOORS,
  },
  {
    what: 'performance.now()',
    pattern: /\bperformance\.now\(/,
    instead: 'engine.clock',
    except: /^packages\/engine\/src\/drivers\/real-time\.ts$/,
  },
  { what: 'Math.random()', pattern: /\bMath\.random\(/, instead: 'a forked Random', except: NO_FILES },
  { what: 'crypto.randomUUID()', pattern: /\brandomUUID\(/, instead: 'Random.uuid()', except: HOST_DOORS },
  {
    what: 'setTimeout',
    pattern: /\bsetTimeout\((?!\): )/,
    instead: 'engine.schedule',
    except: /^packages\/engine\/src\/drivers\/real-time\.ts$/,
  },
  { what: 'setInterval', pattern: /\bsetInterval\(/, instead: 'engine.schedule', except: NO_FILES },
  {
    what: 'setImmediate',
    pattern: /\bsetImmediate\b\(?/,
    instead: 'the drivers',
    except: /^packages\/engine\/src\/drivers\/macrotask\.ts$/,
  },
  { what: 'queueMicrotask', pattern: /\bqueueMicrotask\(/, instead: 'engine.schedule', except: NO_FILES },
  { what: 'process.hrtime', pattern: /\bprocess\.hrtime/, instead: 'engine.clock', except: NO_FILES },
  {
    what: 'a text by the host’s locale',
    pattern:
      /\bIntl\.\w+\((?!['"])|\.toLocale(?!(Upper|Lower)Case\()\w*\((?!['"]|\[\]|undefined, )|\.toLocale(Upper|Lower)Case\(/,
    instead: 'a comparison by code unit, or Intl with a locale by name',
    except: NO_FILES,
  },
  { what: 'localeCompare', pattern: /\.localeCompare\(/, instead: 'a comparison by code unit', except: NO_FILES },
  {
    what: 'for…in',
    pattern: /\bfor \((const|let) \w+ in /,
    instead: 'Object.keys or a Map',
    // Every object of every write is walked here, in no order that shows.
    except: /^packages\/apiserver\/src\/store\/(deep-freeze|share)\.ts$/,
  },
  {
    what: 'sort() without a comparator',
    pattern: /\.(sort|toSorted)\(\)/,
    instead: 'a comparator by code unit',
    except: NO_FILES,
  },
  {
    what: 'throw new Error',
    pattern: /\bthrow new Error\(/,
    instead: 'PodwireError, StatusError or invariant()',
    except: NO_FILES,
  },
  { what: 'as any', pattern: /\bas any\b|: any\b/, instead: 'a type', except: NO_FILES },
  {
    what: 'a leftover',
    pattern: /\b(TODO|FIXME|XXX)\b|[Nn]ot implemented/,
    instead: 'the work itself, or a refusal by name',
    except: NO_FILES,
  },
]

const BANNED_NAMES = /^(utils?|helpers?|common|types|misc|shared)\.ts$/
/** Words of our own making where the field has one. */
const BANNED_SYNONYMS: readonly (readonly [RegExp, string])[] = [
  [/\bsvcIp\b/i, 'clusterIP'],
  [/\bbackendPod\b/, 'endpoint'],
  [/\bvirtualIp\b/, 'clusterIP'],
]

interface Source {
  readonly path: string
  readonly text: string
  readonly package: string
}

function sources(): readonly Source[] {
  const found: Source[] = []
  for (const name of ARROWS.keys()) {
    const folder = join(root, 'packages', name, 'src')
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      const full = join(entry.parentPath, entry.name)
      const path = relative(root, full)
      if (!entry.isFile() || !entry.name.endsWith('.ts') || path.includes('/generated/')) continue
      found.push({ path, text: readFileSync(full, 'utf8'), package: name })
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

const isTest = (source: Source): boolean => /\.(test|suite)\.ts$/.test(source.path) || source.path.includes('/testing/')
/** The code without comments and strings' contents left out: bans speak of code, not of prose. */
const codeOf = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1')

const all = sources()
const production = all.filter((source) => !isTest(source))

describe('tidy', () => {
  test('packages import only along the arrows, and only each other’s entry', () => {
    const wrong: string[] = []
    for (const source of all) {
      for (const [, name = '', deep] of source.text.matchAll(/from '@podwire\/([a-z]+)(\/[^']*)?'/g)) {
        if (deep !== undefined)
          wrong.push(`${source.path} imports @podwire/${name}${deep}: import from @podwire/${name}`)
        else if (name !== source.package && !(ARROWS.get(source.package) ?? []).includes(name)) {
          wrong.push(
            `${source.path} imports @podwire/${name}: ${source.package} may use ${(ARROWS.get(source.package) ?? []).join(', ') || 'nothing'}`,
          )
        }
      }
    }
    expect(wrong).toEqual([])
  })

  test('every package has one entry and declares what it imports', () => {
    for (const name of ARROWS.keys()) {
      const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as {
        exports: object
      }
      // What test runners import stands apart: a cluster alone needs none.
      const more = name === 'sim' ? ['./vitest', './assert'] : []
      expect(Object.keys(manifest.exports), name).toEqual(['.', ...more])
    }
  })

  test('a file is at most 400 lines, and the median of a package at most 130', () => {
    const long = production.filter((source) => source.text.split('\n').length > 400)
    expect(long.map((source) => `${source.path}: split it by concept`)).toEqual([])
    for (const name of ARROWS.keys()) {
      const lengths = production
        .filter((source) => source.package === name)
        .map((source) => source.text.split('\n').length)
      const median = lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0
      expect(median, name).toBeLessThanOrEqual(130)
    }
  })

  test('every source opens with a comment that says what it is', () => {
    const bare = production.filter((source) => !source.text.startsWith('//'))
    expect(bare.map((source) => `${source.path}: open with two to six lines on what it is`)).toEqual([])
  })

  test('files are named after their concept', () => {
    const vague = all.filter((source) => BANNED_NAMES.test(source.path.split('/').at(-1) ?? ''))
    expect(vague.map((source) => `${source.path}: name the one concept in it`)).toEqual([])
  })

  test.each(BANS)('no $what', ({ pattern, instead, except, what }) => {
    const found = production.filter(
      ({ path, text }) => path !== GUARD && !except.test(path) && pattern.test(codeOf(text)),
    )
    expect(found.map((source) => `${source.path}: ${what}; use ${instead}`)).toEqual([])
  })

  /** Each row is caught by the first ban that is named, so that no ban is a pattern that never matches. */
  test.each([
    ['Date.now()', 'const at = Date.now()'],
    ['new Date()', 'const at = new Date()'],
    ['new Date()', 'const at = new Date'],
    ['new Date()', 'const text = Date()'],
    ['performance.now()', 'performance.now()'],
    ['Math.random()', 'Math.random() < 0.5'],
    ['crypto.randomUUID()', 'crypto.randomUUID()'],
    ['setTimeout', 'setTimeout(run, 10)'],
    ['setInterval', 'setInterval(run, 10)'],
    ['setImmediate', 'setImmediate(run)'],
    ['queueMicrotask', 'queueMicrotask(run)'],
    ['process.hrtime', 'process.hrtime.bigint()'],
    ['a text by the host’s locale', 'new Intl.NumberFormat().format(1)'],
    ['a text by the host’s locale', 'Intl.DateTimeFormat(undefined)'],
    ['a text by the host’s locale', '(1234).toLocaleString()'],
    ['a text by the host’s locale', 'name.toLocaleUpperCase()'],
    ['localeCompare', 'names.sort((a, b) => a.localeCompare(b))'],
    ['for…in', 'for (const key in object) {'],
    ['sort() without a comparator', 'names.sort()'],
    ['throw new Error', 'throw new Error("no")'],
  ])('%s is caught in %s', (what, code) => {
    expect(BANS.find((ban) => ban.what === what)?.pattern.test(code)).toBe(true)
  })

  test('the linter says so where the code is written, and leaves the thin shell alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'podwire-lint-'))
    const code = [
      "import { randomBytes } from 'node:crypto'",
      "import { setTimeout as wait } from 'node:timers/promises'",
      'export const found = [Date.now(), Math.random(), performance.now(), setTimeout(() => {}, 1), randomBytes, wait]',
    ].join('\n')
    copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    const lint = (path: string): number => {
      mkdirSync(join(folder, path, '..'), { recursive: true })
      writeFileSync(join(folder, path), `${code}\n`)
      const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), [path], { cwd: folder, encoding: 'utf8' })
      return stdout.match(/no-restricted-(globals|properties|imports)/g)?.length ?? 0
    }
    try {
      expect(lint('packages/sim/src/pod/phase.ts')).toBe(6)
      expect(lint('packages/sim/src/doors/door.ts')).toBe(0)
      expect(lint('packages/engine/src/drivers/real-time.ts')).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.each(["new Intl.DateTimeFormat('en', { timeZone: zone })", 'new Date(ms).toISOString()', 'new DateRange(1)'])(
    '%s is allowed',
    (code) => {
      expect(BANS.filter(({ pattern }) => pattern.test(code)).map(({ what }) => what)).toEqual([])
    },
  )

  test('the field’s words are used', () => {
    const found = production.flatMap((source) =>
      BANNED_SYNONYMS.filter(([pattern]) => pattern.test(source.text)).map(([, word]) => `${source.path}: say ${word}`),
    )
    expect(found).toEqual([])
  })

  test('no path of a machine and no registry host is in the tree', () => {
    const pattern = /\/work\/|\.\.\/shared\b|registry\.npmjs/
    const found = all.filter((source) => pattern.test(source.text)).map((source) => source.path)
    expect(found).toEqual([])
  })
})
