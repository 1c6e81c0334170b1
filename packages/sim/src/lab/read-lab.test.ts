import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { formatTable } from '../cli/table.ts'
import { columnsOf, cutColumns } from '../document/text-columns.ts'
import { bootLab } from './boot-lab.ts'
import { findLab, labNames, labsHome } from './lab-folders.ts'
import { LAB_ERRORS, LAB_WORDS, type LabError } from './lab-words.ts'
import { readLab } from './read-lab.ts'

const GOAL = 'goal: { en: A goal., zh: 目标。 }\n'
const TITLE = 'title: { en: A task, zh: 任务 }'
const CHECKS = `checks:\n  - get: pods/default/web\n    ${TITLE}\n`
const SOLUTION = 'solution: [kubectl get pods]\n'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podwire-lab-'))
  write({})
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(files: Readonly<Record<string, string>>): void {
  const all = {
    'lab.yaml': GOAL + CHECKS + SOLUTION,
    'en.md': '# A lab\n\nText.\n',
    'zh.md': '# 实验\n\n正文。\n',
    ...files,
  }
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text)
}

/** The message without the temporary folder. */
function refusal(): string {
  try {
    readLab(folder)
    return 'it was read'
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(`${folder}/`, '') : String(error)
  }
}

test('texts with the marks and line ends of Windows are read', () => {
  write({ 'en.md': '\uFEFF# A lab\r\n\r\nText.\r\nMore.\r\n' })
  expect(readLab(folder)).toMatchObject({ title: { en: 'A lab' }, text: { en: 'Text.\nMore.' } })
})

test.each([
  {
    name: 'a range that is none',
    lab: `${GOAL}cluster: { serviceCidr: 10.96.0.0/33 }\n${CHECKS}${SOLUTION}`,
    says: 'lab.yaml:2:25: cluster.serviceCidr: 10.96.0.0/33 is no CIDR. Write e.g.',
  },
  {
    name: 'a manifest that the server refuses',
    lab: `${GOAL}cluster: { nodes: 1, ingress: false }\nmanifests: [bad.yaml]\n${CHECKS}${SOLUTION}`,
    says: 'lab.yaml:3:13: manifests[0]: the API server refuses it: no matches for kind "Podd" in version "v1"',
  },
  {
    name: 'a patch of nothing',
    lab: `${GOAL}cluster: { nodes: 1, ingress: false }\npatches: [{ object: deploy/default/none, patch: {} }]\n${CHECKS}${SOLUTION}`,
    says: 'lab.yaml:3:11: patches[0]: there is no deploy/default/none',
  },
])('where a lab cannot begin: $name', async ({ lab, says }) => {
  write({ 'lab.yaml': lab, 'bad.yaml': 'apiVersion: v1\nkind: Podd\nmetadata: { name: x }\n' })
  const error: unknown = await bootLab(readLab(folder)).catch((thrown: unknown) => thrown)
  expect(String(error).replaceAll(`${folder}/`, '')).toContain(says)
})

describe('a lab that cannot be used says where and why', () => {
  test.each([
    {
      name: 'a field nobody knows',
      lab: `${GOAL}gaol: 1\n${CHECKS}${SOLUTION}`,
      says: 'lab.yaml:2:1: there is no field "gaol" here; did you mean goal?',
    },
    {
      name: 'a text in one language only',
      lab: `goal:\n  en: A goal.\n${CHECKS}${SOLUTION}`,
      says: 'lab.yaml:2:3: goal.zh: this field is missing (write a text)',
    },
    {
      name: 'an empty text',
      lab: `goal: { en: A goal., zh: '' }\n${CHECKS}${SOLUTION}`,
      says: 'lab.yaml:1:26: goal.zh: this text is empty',
    },
    {
      name: 'a text where two languages are wanted',
      lab: `goal: A goal.\n${CHECKS}${SOLUTION}`,
      says: 'lab.yaml:1:7: goal: write { en: …, zh: … }: the text in English and in Chinese',
    },
    {
      name: 'no checks',
      lab: `${GOAL}checks: []\n${SOLUTION}`,
      says: 'lab.yaml:2:9: checks: a lab has at least one check',
    },
    {
      name: 'a check of no kind',
      lab: `${GOAL}checks:\n  - gett: pods/default/web\n    ${TITLE}\n${SOLUTION}`,
      says: 'lab.yaml:3:5: checks[0]: a check has one of the keys get, fetch, resolve, run, endpoints; did you mean get in place of gett?',
    },
    {
      name: 'a field of another kind of check',
      lab: `${GOAL}checks:\n  - get: pods/default/web\n    ${TITLE}\n    status: 200\n${SOLUTION}`,
      says: 'lab.yaml:5:5: checks[0]: there is no field "status" here',
    },
    {
      name: 'a check without its place',
      lab: `${GOAL}checks:\n  - fetch: http://web/\n    ${TITLE}\n${SOLUTION}`,
      says: 'lab.yaml:3:5: checks[0].from: this field is missing (write a text)',
    },
    {
      name: 'a wrong way to fail',
      lab: `${GOAL}checks:\n  - fetch: http://web/\n    from: external\n    fails: badly\n    ${TITLE}\n${SOLUTION}`,
      says: 'lab.yaml:5:12: checks[0].fails: write one of refused, timeout, reset, unreachable, name-not-found, no-answer',
    },
    {
      name: 'a field expectation that expects nothing',
      lab: `${GOAL}checks:\n  - get: pods/default/web\n    fields:\n      - path: .spec.nodeName\n    ${TITLE}\n${SOLUTION}`,
      says: 'lab.yaml:5:9: checks[0].fields[0]: say what is expected: is, oneOf, matches, count or absent',
    },
    {
      name: 'a broken regular expression',
      lab: `${GOAL}checks:\n  - run: ls\n    from: external\n    output: { matches: '(' }\n    ${TITLE}\n${SOLUTION}`,
      says: 'lab.yaml:5:24: checks[0].output.matches: this is no regular expression',
    },
    {
      name: 'a cluster option that is none, and one with a wrong value',
      lab: `${GOAL}cluster:\n  proxymode: ipvs\n  nodes: many\n${CHECKS}${SOLUTION}`,
      says: 'lab.yaml:3:3: cluster: there is no field "proxymode" here; did you mean proxyMode?\n  lab.yaml:4:10: cluster.nodes: write a whole number from 1 to 5000',
    },
    {
      name: 'a manifest that is not there',
      lab: `${GOAL}manifests:\n  - en.md\n  - gone.yaml\n${CHECKS}${SOLUTION}`,
      says: "lab.yaml:4:5: manifests[1]: there is no file gone.yaml in the lab's folder",
    },
    {
      name: 'a configuration of the outer nginx that is not there',
      lab: `${GOAL}outerNginx: edge.conf\n${CHECKS}${SOLUTION}`,
      says: "lab.yaml:2:13: outerNginx: there is no file edge.conf in the lab's folder",
    },
    {
      name: 'a file outside',
      lab: `${GOAL}files: [../secret]\n${CHECKS}${SOLUTION}`,
      says: "lab.yaml:2:9: files[0]: ../secret is outside the lab's folder",
    },
    {
      name: 'no solution',
      lab: GOAL + CHECKS,
      says: 'lab.yaml:1:1: solution: this field is missing (write a list)',
    },
    {
      name: 'YAML that does not end',
      lab: `${GOAL}checks: [\n`,
      says: 'lab.yaml:3:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    },
    {
      name: 'a key twice',
      lab: `${GOAL}${GOAL}${CHECKS}${SOLUTION}`,
      says: 'lab.yaml:2:1: this key stands here for the second time: keep one of them',
    },
    { name: 'no mapping', lab: '- a\n', says: 'lab.yaml:1:1: write a mapping: names, each with a value' },
  ])('$name', ({ lab, says }) => {
    write({ 'lab.yaml': lab })
    const [head = '', ...lines] = refusal().split('\n')
    expect(head).toMatch(/^Failed to read the lab: there (is a fault|are \d faults) in it\.$/)
    expect(lines.join('\n')).toBe(`  ${says}`)
  })

  test('a text without a title, and one without a text', () => {
    write({ 'en.md': 'A lab\n' })
    expect(refusal()).toContain('en.md:1:1: the first line is the title: # …')
    write({ 'en.md': '# A lab\n\n', 'zh.md': '# 实验\n\n正文。\n' })
    expect(refusal()).toContain('en.md:2:1: there is no text below the title')
  })

  test('a language that is missing', () => {
    rmSync(join(folder, 'zh.md'))
    expect(refusal()).toContain('zh.md')
    expect(refusal()).toContain("A lab's folder has lab.yaml, en.md, zh.md.")
  })
})

test('the lab of docs/labs.md is sound', () => {
  const docs = readFileSync(join(labsHome(), '..', 'docs', 'labs.md'), 'utf8')
  const [, lab = ''] = /```yaml\n([\s\S]*?)```/.exec(docs) ?? []
  write({ 'lab.yaml': lab, 'start.yaml': '', 'service.yaml': '' })
  expect(readLab(folder).checks).toHaveLength(1)
})

test('a sound lab is read', () => {
  const lab = readLab(folder)
  expect(lab.title).toEqual({ en: 'A lab', zh: '实验' })
  expect(lab.text).toEqual({ en: 'Text.', zh: '正文。' })
  expect(lab.solution).toEqual([{ run: 'kubectl get pods', refused: undefined }])
})

describe('labs are found', () => {
  test('by name, by name without its number, by number, by path', () => {
    const [first = ''] = labNames()
    for (const wanted of [first, first.replace(/^\d+-/, ''), '1', '01']) {
      expect(findLab(wanted)).toBe(join(labsHome(), first))
    }
    expect(findLab(folder)).toBe(folder)
  })

  test('or it is said how', () => {
    expect(() => findLab('nothing')).toThrow('`podwire lab list` shows them')
    expect(() => findLab('broken-endpoint')).toThrow('Did you mean broken-endpoints?')
    expect(() => findLab('./nothing')).toThrow('there is no lab.yaml in that folder')
  })

  test('each lab that comes with podwire is sound', () => {
    expect(labNames().length).toBeGreaterThan(0)
    for (const name of labNames()) expect(() => readLab(join(labsHome(), name)), name).not.toThrow()
  })
})

describe('what the lab command says', () => {
  const errors: readonly LabError[] = [
    LAB_ERRORS.unknown('a', 'b'),
    LAB_ERRORS.noFolder('a'),
    LAB_ERRORS.running('a', 'b', 7),
    LAB_ERRORS.noneRuns('a'),
    LAB_ERRORS.damaged('a'),
    LAB_ERRORS.notReady(7, 'a'),
    LAB_ERRORS.notBack('a', 7),
    LAB_ERRORS.notStopped('a', 7),
  ]

  test('is there in Chinese too, all of it', () => {
    const said = [...Object.values(LAB_WORDS).map(({ zh }) => zh), ...errors.map(({ zh }) => zh)]
    for (const text of said) expect(text).toMatch(/[\u4e00-\u9fff]/)
    expect(errors).toHaveLength(Object.keys(LAB_ERRORS).length)
  })

  test('stands in columns, where Chinese characters take two', () => {
    const table = formatTable(
      ['名称', '标题', 'X'],
      [
        ['a', 'Pod 与标签', '1'],
        ['b-long', '“é”', '2'],
      ],
    )
    expect(table).toBe(['名称     标题         X', 'a        Pod 与标签   1', 'b-long   “é”          2', ''].join('\n'))
    expect([columnsOf('实验，ok！'), columnsOf('e\u0301'), columnsOf('😀')]).toEqual([10, 1, 2])
    expect([cutColumns('实验文本', 5), cutColumns('实验', 4), cutColumns('text', 0)]).toEqual(['实验…', '实验', ''])
  })
})
