// Applies manifests in order. What a CustomResourceDefinition defines may follow it in the same text: the definition is given
// the moments it needs to be served, as `kubectl wait --for condition=established` would.

import { type ApiServer, type ApplyResult, customResourceDefinitions, type Manifest } from '@podwire/apiserver'
import type { Driver } from '@podwire/engine'
import type { Composition } from './composition.ts'

const MOST_MOMENTS = 20

/** @throws StatusError as the API server answers; nothing after the refused object is applied */
export async function applyManifests(
  { engine, server }: Pick<Composition, 'engine' | 'server'>,
  driver: Driver,
  manifests: readonly Manifest[],
): Promise<readonly ApplyResult[]> {
  const results: ApplyResult[] = []
  let rest = manifests
  while (rest.length > 0) {
    const definition = rest.findIndex(({ kind }) => kind === 'CustomResourceDefinition')
    const batch = definition < 0 ? rest : rest.slice(0, definition + 1)
    results.push(...driver.enter(() => batch.map((manifest) => server.apply(manifest))))
    rest = rest.slice(batch.length)
    if (definition < 0) continue
    const name = results.at(-1)?.object.metadata.name ?? ''
    for (let moment = 0; moment < MOST_MOMENTS && !isEstablished(server, name); moment++) {
      await driver.wait(engine.sleep(0, `custom resource definition ${name}`))
    }
  }
  return results
}

function isEstablished({ client }: ApiServer, name: string): boolean {
  const conditions = client.find(customResourceDefinitions, { name })?.status?.conditions ?? []
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True')
}
