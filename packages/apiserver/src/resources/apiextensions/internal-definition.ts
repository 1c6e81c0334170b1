// A definition's spec as validation sees it: the server's internal version, where what all versions have in common stands at
// the top (`spec.validation` for a schema they share, which is every schema of a definition with one version). Error paths
// show this form. Source: apiextensions-apiserver pkg/apis/apiextensions/v1/conversion.go.

import type {
  ApiextensionsWebhookClientConfig,
  CustomResourceColumnDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  CustomResourceValidation,
  SelectableField,
} from '../../objects/index.ts'
import { sameValue } from '../compare.ts'

/** What stands either at the top or in each version. */
export interface SharedFields {
  readonly validation: CustomResourceValidation | undefined
  readonly subresources: CustomResourceSubresources | undefined
  readonly additionalPrinterColumns: readonly CustomResourceColumnDefinition[] | undefined
  readonly selectableFields: readonly SelectableField[] | undefined
}

export interface InternalConversion {
  readonly strategy: string
  readonly webhookClientConfig: ApiextensionsWebhookClientConfig | undefined
  readonly conversionReviewVersions: readonly string[]
}

export interface InternalSpec extends SharedFields {
  readonly group: string
  /** The first version's name. */
  readonly version: string
  readonly names: CustomResourceDefinitionNames
  readonly scope: string
  /** undefined: not even an empty list was sent. */
  readonly versions: readonly CustomResourceDefinitionVersion[] | undefined
  readonly conversion: InternalConversion
  readonly preserveUnknownFields: boolean
}

/** A version without what moved to the top. */
type Rest = Omit<
  CustomResourceDefinitionVersion,
  'additionalPrinterColumns' | 'schema' | 'selectableFields' | 'subresources'
>

export function toInternal(spec: CustomResourceDefinitionSpec): InternalSpec {
  // A list that is required may still be missing in what was sent.
  const versions = spec.versions as CustomResourceDefinitionSpec['versions'] | undefined
  const shared = sharedFields(versions ?? [])
  return {
    group: spec.group,
    version: versions?.[0]?.name ?? '',
    names: spec.names,
    scope: spec.scope,
    versions: versions?.map((version) => withoutShared(version, shared)),
    ...shared,
    conversion: {
      strategy: spec.conversion?.strategy ?? 'None',
      webhookClientConfig: spec.conversion?.webhook?.clientConfig,
      conversionReviewVersions: spec.conversion?.webhook?.conversionReviewVersions ?? [],
    },
    preserveUnknownFields: spec.preserveUnknownFields === true,
  }
}

function sharedFields(versions: readonly CustomResourceDefinitionVersion[]): SharedFields {
  const shared = <Name extends keyof CustomResourceDefinitionVersion>(
    name: Name,
  ): CustomResourceDefinitionVersion[Name] | undefined => {
    const first = versions[0]?.[name]
    return versions.every((version) => sameValue(version[name], first)) ? first : undefined
  }
  return {
    validation: shared('schema'),
    subresources: shared('subresources'),
    additionalPrinterColumns: shared('additionalPrinterColumns'),
    selectableFields: shared('selectableFields'),
  }
}

function withoutShared(
  version: CustomResourceDefinitionVersion,
  shared: SharedFields,
): CustomResourceDefinitionVersion {
  const { schema, subresources, additionalPrinterColumns, selectableFields, ...rest } = version
  return {
    ...(rest satisfies Rest),
    ...(schema === undefined || shared.validation !== undefined ? {} : { schema }),
    ...(subresources === undefined || shared.subresources !== undefined ? {} : { subresources }),
    ...(additionalPrinterColumns === undefined || shared.additionalPrinterColumns !== undefined
      ? {}
      : { additionalPrinterColumns }),
    ...(selectableFields === undefined || shared.selectableFields !== undefined ? {} : { selectableFields }),
  }
}
