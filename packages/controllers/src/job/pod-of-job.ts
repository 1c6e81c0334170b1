// The pod a Job creates: tracked by a finalizer, and for an Indexed Job with its index in name, host name, label, annotation
// and environment. Pure. Source: kubernetes pkg/controller/job/indexed_job_utils.go.

import type { Container, Job, NewObject, Pod } from '@podwire/apiserver'
import { controllerReference } from '../objects/owner.ts'
import { podFromTemplate } from '../replicas/pod-from-template.ts'
import { countsPerIndex, failureAnnotations } from './index-failures.ts'
import { INDEX_KEY } from './indexes.ts'
import { TRACKING_FINALIZER } from './job-facts.ts'

const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX'
/** Host names end here; a generated suffix of five characters and its dash follow in the pod's name. */
const MAX_GENERATE_NAME = 63 - 5

export interface PlannedPod {
  /** Undefined: the Job is not Indexed. */
  readonly index: number | undefined
  /** The failed pod of this index it comes after; its failures are counted on. */
  readonly replaces?: Pod | undefined
}

export function podOfJob(job: Job, { index, replaces }: PlannedPod): NewObject<Pod> {
  const pod = podFromTemplate(job.spec.template, job, controllerReference(job, 'batch/v1', 'Job'))
  const asked = pod.metadata.finalizers ?? []
  const finalizers = asked.includes(TRACKING_FINALIZER) ? asked : [...asked, TRACKING_FINALIZER]
  if (index === undefined) return { ...pod, metadata: { ...pod.metadata, finalizers } }
  const indexed = { [INDEX_KEY]: String(index) }
  const failures = countsPerIndex(job) ? failureAnnotations(job, replaces) : {}
  const place = `${job.metadata.name}-${index}`
  const suffix = `-${index}-`
  return {
    metadata: {
      ...pod.metadata,
      finalizers,
      generateName: `${job.metadata.name.slice(0, MAX_GENERATE_NAME - suffix.length)}${suffix}`,
      labels: { ...pod.metadata.labels, ...indexed },
      annotations: { ...pod.metadata.annotations, ...indexed, ...failures },
    },
    spec: {
      ...pod.spec,
      hostname: place,
      containers: pod.spec.containers.map(withIndexVariable),
      ...(pod.spec.initContainers === undefined
        ? {}
        : { initContainers: pod.spec.initContainers.map(withIndexVariable) }),
    },
  }
}

function withIndexVariable(container: Container): Container {
  if (container.env?.some(({ name }) => name === INDEX_VARIABLE) === true) return container
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.labels['${INDEX_KEY}']` }
  return { ...container, env: [...(container.env ?? []), { name: INDEX_VARIABLE, valueFrom: { fieldRef } }] }
}
