// A classroom lab as data: a folder with lab.yaml (this schema), en.md and zh.md (title and text), the manifests it starts with, and
// files the learner works on. Nothing in it is code.

import { z } from 'zod'
import { bilingual, type Bilingual } from '../check/bilingual.ts'
import { capturedValue, checkKinds, type Check } from '../check/check-schema.ts'
import { nonEmpty } from '../check/expectation-schema.ts'
import { clusterSchema, type ClusterDescription } from '../document/cluster-schema.ts'
import { oneOfKinds } from '../document/one-of-kinds.ts'
import type { PositionedDocument } from '../document/read-document.ts'

/** What every check of a lab has beside what it looks at. */
const forLearners = {
  /** What is right when the check passes; the learner's tasks are these. */
  title: bilingual,
  /** Why it matters, or why it is as it is: said when the check fails. */
  why: bilingual.optional(),
  hints: z.array(bilingual).optional(),
}

const check = oneOfKinds('a check', checkKinds(forLearners))

const solutionStep = z.union(
  [
    nonEmpty.transform((run) => ({ run, refused: undefined })),
    z.strictObject({
      run: nonEmpty,
      /** The command is meant to fail; this is what it then says. */
      refused: nonEmpty,
    }),
  ],
  'write a shell command, or { run: …, refused: what it says when it fails }',
)

/** A server outside the cluster, with an address of its own. */
const outsideServer = z.strictObject({
  address: z.ipv4('write an IPv4 address'),
  port: z.int().min(1).max(65_535),
  /** What it answers to every request. */
  answer: nonEmpty,
  /** A name the internet has for it. */
  name: nonEmpty.optional(),
})

export const labSchema = z.strictObject({
  goal: bilingual,
  cluster: clusterSchema.optional(),
  outside: z.array(outsideServer).optional(),
  /** A file with the configuration of an nginx on the host outside, in front of the nodes. */
  outerNginx: nonEmpty.optional(),
  /** Applied at the start, in order. */
  manifests: z.array(nonEmpty).optional(),
  /** Merge patches of objects that are there, after the manifests: what went wrong before the learner came. */
  patches: z.array(z.strictObject({ object: nonEmpty, patch: z.record(z.string(), z.unknown()) })).optional(),
  /** Copied into the learner's folder. */
  files: z.array(nonEmpty).optional(),
  values: z
    .record(z.string().regex(/^[A-Za-z][\w-]*$/, 'a value is named with letters and digits'), capturedValue)
    .optional(),
  checks: z.array(check).min(1, 'a lab has at least one check'),
  /** Shell lines, run in the learner's folder with KUBECONFIG set and `podwire` at hand. */
  solution: z.array(solutionStep).min(1, 'a lab has a solution'),
})

export type LabCheck = Check & {
  readonly title: Bilingual
  readonly why?: Bilingual | undefined
  readonly hints?: readonly Bilingual[] | undefined
}

export interface LabPatch {
  /** `deploy/kube-system/coredns` */
  readonly object: string
  readonly patch: Readonly<Record<string, unknown>>
}

export interface SolutionStep {
  readonly run: string
  readonly refused: string | undefined
}

export interface Lab {
  /** lab.yaml, to say where in it something is wrong. */
  readonly document: PositionedDocument
  readonly name: string
  readonly folder: string
  readonly title: Bilingual
  /** Markdown without the title. */
  readonly text: Bilingual
  readonly goal: Bilingual
  readonly cluster: ClusterDescription
  readonly outside: readonly z.infer<typeof outsideServer>[]
  readonly outerNginx: string | undefined
  readonly manifests: readonly string[]
  readonly patches: readonly LabPatch[]
  readonly files: readonly string[]
  readonly values: Readonly<Record<string, z.infer<typeof capturedValue>>>
  readonly checks: readonly LabCheck[]
  readonly solution: readonly SolutionStep[]
}
