// The Resources of a CustomResourceDefinition: one for each version that is served, and how they share what is stored.
// Source: apiextensions-apiserver pkg/apiserver/customresource_handler.go (getOrCreateServingInfoFor).

import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../objects/index.ts'
import type { StructType } from '../managed-fields/value-type.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { isConditionTrue } from '../resources/apiextensions/conditions.ts'
import { defineResource } from '../resources/define-resource.ts'
import { scaleSubresource } from '../resources/autoscaling/scale.ts'
import type { Resource } from '../resources/resource.ts'
import { compareVersions } from '../resources/version-order.ts'
import { columnsOf } from './columns.ts'
import type { CustomKind } from './custom-kind.ts'
import { customRules } from './cel/compiled-rules.ts'
import { mergeTypeOf } from './merge-type.ts'
import type { Schema } from './schema/walk.ts'
import { customStrategy } from './strategy.ts'
import { selectableFieldsOf } from './selectable-fields.ts'
import { storedFormOf } from './stored-form.ts'

/** What a definition serves now; empty until it is established. */
export function servedKindsOf(definition: CustomResourceDefinition): readonly Resource[] {
  const { spec } = definition
  if (!isServing(definition)) return []
  const mergeTypes = new Map(
    spec.versions.map(({ name, schema }) => [`${spec.group}/${name}`, mergeTypeIn(spec, schema?.openAPIV3Schema)]),
  )
  const kinds = new Map(spec.versions.map((version) => [version.name, customKind(definition, version, mergeTypes)]))
  const storageName = spec.versions.find(({ storage }) => storage)?.name ?? ''
  const storage = kinds.get(storageName)
  if (storage === undefined) return []
  const byApiVersion = new Map([...kinds.values()].map((kind) => [`${kind.group}/${kind.version}`, kind]))
  return spec.versions
    .filter(({ served }) => served)
    .flatMap((version) => {
      const custom = kinds.get(version.name)
      if (custom === undefined) return []
      return [
        resourceOf(
          definition,
          version,
          custom,
          storedFormOf(custom, storage, (name) => byApiVersion.get(name)),
        ),
      ]
    })
}

function isServing(definition: CustomResourceDefinition): boolean {
  return isConditionTrue(definition, 'Established') || isConditionTrue(definition, 'NamesAccepted')
}

function mergeTypeIn(
  { preserveUnknownFields }: CustomResourceDefinition['spec'],
  schema: Schema | undefined,
): StructType {
  return mergeTypeOf(preserveUnknownFields === true ? undefined : schema)
}

function customKind(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  mergeTypes: ReadonlyMap<string, StructType>,
): CustomKind {
  const { spec, metadata, status } = definition
  const schema = version.schema?.openAPIV3Schema
  const scale = version.subresources?.scale
  const names = status?.acceptedNames ?? spec.names
  const custom: CustomKind = {
    group: spec.group,
    version: version.name,
    storageVersion: spec.versions.find(({ storage }) => storage)?.name ?? version.name,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    definition: metadata.name,
    schema,
    keepsUnknownFields: spec.preserveUnknownFields === true,
    mergeType: mergeTypes.get(`${spec.group}/${version.name}`) ?? mergeTypeIn(spec, schema),
    siblings: mergeTypes,
    scale:
      scale === undefined
        ? undefined
        : {
            specReplicas: scale.specReplicasPath,
            statusReplicas: scale.statusReplicasPath,
            labelSelector: scale.labelSelectorPath,
          },
    // What is stored in this version is not converted.
    needsWebhook: !version.storage && spec.conversion?.strategy === 'Webhook',
    terminating: isConditionTrue(definition, 'Terminating'),
    rules: customRules(schema),
  }
  return custom
}

function resourceOf(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  custom: CustomKind,
  stored: ReturnType<typeof storedFormOf>,
): Resource {
  const { spec, status } = definition
  const names = status?.acceptedNames ?? spec.names
  const warning = deprecationWarning(definition, version)
  const hasStatus = version.subresources?.status !== undefined
  return defineResource<KubeObject>({
    type: {
      group: custom.group,
      version: custom.version,
      resource: names.plural,
      kind: custom.kind,
      namespaced: spec.scope === 'Namespaced',
      stored,
    },
    singular: names.singular ?? custom.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    status: hasStatus,
    subresources: custom.scale === undefined ? [] : [scaleSubresource],
    schema: modelName(custom),
    unconditionalUpdate: false,
    anyFinalizer: true,
    ...(warning === undefined ? {} : { deprecationWarning: warning }),
    selectableFields: selectableFieldsOf(version.selectableFields ?? []),
    columns: columnsOf(version.additionalPrinterColumns),
    strategy: customStrategy(custom, { hasStatus }),
    custom,
  })
}

/** `com.example.v1.Widget`: what OpenAPI calls a custom kind. */
export function modelName({ group, version, kind }: Pick<CustomKind, 'group' | 'version' | 'kind'>): string {
  return [...group.split('.').reverse(), version, kind].join('.')
}

function deprecationWarning(
  { spec }: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): string | undefined {
  if (version.deprecated !== true) return undefined
  if (version.deprecationWarning !== undefined) return version.deprecationWarning
  const { kind } = spec.names
  const [newer] = spec.versions
    .filter(({ served, deprecated, name }) => served && deprecated !== true && compareVersions(name, version.name) < 0)
    .map(({ name }) => name)
    .sort(compareVersions)
  const message = `${spec.group}/${version.name} ${kind} is deprecated`
  return newer === undefined ? message : `${message}; use ${spec.group}/${newer} ${kind}`
}
