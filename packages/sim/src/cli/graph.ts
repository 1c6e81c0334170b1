// `podwire graph`: draws a running cluster, or what manifests would make, as Mermaid, SVG or data.

import { writeFileSync } from 'node:fs'
import type { KubeObject, Manifest } from '@podwire/apiserver'
import { PodwireError } from '@podwire/engine'
import { clusterGraph, type ClusterGraph } from '../graph/cluster-graph.ts'
import { graphMermaid } from '../graph/graph-mermaid.ts'
import { graphSvg } from '../graph/graph-svg.ts'
import { writingProblem } from '../document/file-problem.ts'
import { readManifests } from '../sdk/manifests.ts'
import { askCluster, ClusterRefusal } from './control-request.ts'
import { findCluster } from './kubeconfig.ts'

export const OBJECTS_ROUTE = '/podwire/v1/objects'

export interface GraphCommandOptions {
  readonly kubeconfig?: string
  readonly filename: readonly string[]
  readonly namespace: readonly string[]
  readonly allNamespaces?: boolean
  readonly format: 'mermaid' | 'svg' | 'json'
  readonly output?: string
}

/** What a cluster runs for itself is drawn when it is asked for. */
const SYSTEM_NAMESPACES = /^(kube-.*|ingress-nginx|traefik|haproxy-controller|metallb-system)$/

export async function runGraph(options: GraphCommandOptions): Promise<number> {
  const { filename, namespace } = options
  const objects = filename.length > 0 ? filename.flatMap(readObjects) : await objectsOf(options.kubeconfig)
  const present = new Set(objects.map(({ metadata }) => metadata.namespace ?? 'default'))
  const own = [...present].filter((name) => !SYSTEM_NAMESPACES.test(name))
  const namespaces = options.allNamespaces === true ? [...present] : namespace.length > 0 ? namespace : own
  write(textOf(graphOf(objects, namespaces), options.format), options.output)
  return 0
}

/** Manifests have not been validated: what is a list to a Service may be anything. */
function graphOf(objects: readonly KubeObject[], namespaces: readonly string[]): ClusterGraph {
  try {
    return clusterGraph(objects, { namespaces })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new PodwireError(
      'draw the manifests',
      `one of them has not the shape of its kind (${error.message})`,
      '`podwire run` or kubectl apply says which field of which object.',
    )
  }
}

async function objectsOf(kubeconfig: string | undefined): Promise<readonly KubeObject[]> {
  const answer = (await askCluster(findCluster(kubeconfig), OBJECTS_ROUTE, {})) as {
    objects?: readonly KubeObject[]
    error?: string
  }
  if (answer.objects === undefined) throw new ClusterRefusal('draw the cluster', answer.error ?? 'it gave no objects')
  return answer.objects
}

function readObjects(path: string): readonly KubeObject[] {
  return readManifests(path).map((manifest) => {
    // What has no spec has an empty one.
    const whole = { spec: {}, ...manifest }
    if (isObject(whole)) return whole
    throw new PodwireError(
      `draw ${path}`,
      'it has a manifest without kind or metadata.name',
      'Give complete manifests.',
    )
  })
}

/** Near enough to an object for a drawing; what else is missing is left out of it. */
function isObject(manifest: Manifest): manifest is Manifest & KubeObject {
  const { kind, metadata } = manifest
  return (
    typeof kind === 'string' &&
    typeof metadata === 'object' &&
    metadata !== null &&
    'name' in metadata &&
    typeof metadata.name === 'string'
  )
}

function textOf(graph: ClusterGraph, format: GraphCommandOptions['format']): string {
  switch (format) {
    case 'mermaid':
      return `${graphMermaid(graph)}\n`
    case 'svg':
      return graphSvg(graph)
    case 'json':
      return `${JSON.stringify(graph, undefined, 2)}\n`
  }
}

function write(text: string, output: string | undefined): void {
  if (output === undefined) {
    process.stdout.write(text)
    return
  }
  try {
    writeFileSync(output, text)
  } catch (error) {
    throw new PodwireError(`write ${output}`, writingProblem(error), 'Choose an --output in a folder you may write to.')
  }
}
