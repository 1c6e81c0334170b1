// Conversion between the versions of a definition.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (validateCustomResourceConversion), apiserver
// pkg/util/webhook/validation.go.
// Departure: webhooks are accepted, and requests that would need one are refused by name (custom-resources/served-kind.ts).

import type {
  ApiextensionsServiceReference,
  ApiextensionsWebhookClientConfig,
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
} from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../../validation/field-errors.ts'
import { dns1035Label, dnsSubdomain, portNumber } from '../../../validation/names.ts'
import { isConditionTrue } from '../conditions.ts'
import type { InternalConversion } from '../internal-definition.ts'

const STRATEGIES = ['None', 'Webhook']
const REVIEW_VERSIONS = ['v1', 'v1beta1']

export function validateConversion(conversion: InternalConversion, path: string): readonly FieldError[] {
  const { strategy, webhookClientConfig, conversionReviewVersions } = conversion
  if (strategy === 'Webhook') return validateWebhook(conversion, path)
  const errors: FieldError[] = []
  if (strategy === '') errors.push(required(`${path}.strategy`))
  else if (!STRATEGIES.includes(strategy)) errors.push(notSupported(`${path}.strategy`, strategy, STRATEGIES))
  const detail = 'should not be set when strategy is not set to Webhook'
  if (webhookClientConfig !== undefined) errors.push(forbiddenField(`${path}.webhookClientConfig`, detail))
  if (conversionReviewVersions.length > 0) errors.push(forbiddenField(`${path}.conversionReviewVersions`, detail))
  return errors
}

function validateWebhook(
  { webhookClientConfig, conversionReviewVersions }: InternalConversion,
  path: string,
): readonly FieldError[] {
  const at = `${path}.webhookClientConfig`
  const errors = [
    ...(webhookClientConfig === undefined
      ? [required(at, 'required when strategy is set to Webhook')]
      : validateClientConfig(webhookClientConfig, at)),
    ...validateReviewVersions(conversionReviewVersions, `${path}.conversionReviewVersions`),
  ]
  return errors
}

/** A CA bundle may be wrong until the definition is established, and as long as it was wrong before. */
export function validateCaBundle(
  { conversion }: CustomResourceDefinitionSpec,
  old: CustomResourceDefinition,
  path: string,
): readonly FieldError[] {
  const before = old.spec.conversion
  const mayBeWrong = !isConditionTrue(old, 'Established') || isWrongBundle(before?.webhook?.clientConfig?.caBundle)
  const bundle = conversion?.strategy === 'Webhook' ? conversion.webhook?.clientConfig?.caBundle : undefined
  if (mayBeWrong || !isWrongBundle(bundle)) return []
  return [invalid(path, bundle, 'unable to load root certificates: unable to parse bytes as PEM block')]
}

function isWrongBundle(bundle: string | undefined): boolean {
  if (bundle === undefined || bundle === '') return false
  return !/-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----/.test(Buffer.from(bundle, 'base64').toString())
}

function validateClientConfig({ url, service }: ApiextensionsWebhookClientConfig, path: string): readonly FieldError[] {
  if (url !== undefined && service === undefined) return validateUrl(url, `${path}.url`)
  if (service !== undefined && url === undefined) return validateService(service, `${path}.service`)
  return [required(path, 'exactly one of url or service is required')]
}

const FORM = '; desired format: https://host[/path]'

function validateUrl(text: string, path: string): readonly FieldError[] {
  const match =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/.exec(text)
  const [, scheme = '', user, host = '', query = '', fragment = ''] = match ?? []
  const errors: FieldError[] = []
  if (scheme !== 'https') errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`))
  if (host === '') errors.push(invalid(path, host, `host must be specified${FORM}`))
  if (user !== undefined) errors.push(invalid(path, user, 'user information is not permitted in the URL'))
  if (fragment !== '') errors.push(invalid(path, fragment, 'fragments are not permitted in the URL'))
  if (query !== '') errors.push(invalid(path, query, 'query parameters are not permitted in the URL'))
  return errors
}

function validateService(service: ApiextensionsServiceReference, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  // Upstream hands the two over in the wrong order, so each is missed under the other's name.
  if (service.namespace === '') errors.push(required(`${path}.name`))
  if (service.name === '') errors.push(required(`${path}.namespace`))
  const port = service.port ?? 443
  const problems = portNumber(port)
  if (problems.length > 0) errors.push(invalid(`${path}.port`, port, `port is not valid: ${problems.join(', ')}`))
  if (service.path !== undefined) errors.push(...validatePath(service.path, `${path}.path`))
  return errors
}

function validatePath(text: string, path: string): readonly FieldError[] {
  if (text === '/' || text === '') return []
  if (text === '//') return [invalid(path, text, 'segment[0] may not be empty')]
  const errors: FieldError[] = []
  if (!text.startsWith('/')) errors.push(invalid(path, text, "must start with a '/'"))
  for (const [index, step] of text.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (step === '') errors.push(invalid(path, text, `segment[${index}] may not be empty`))
    else for (const why of dnsSubdomain(step)) errors.push(invalid(path, text, `segment[${index}]: ${why}`))
  }
  return errors
}

function validateReviewVersions(versions: readonly string[], path: string): readonly FieldError[] {
  if (versions.length === 0) return [required(path)]
  const errors: FieldError[] = []
  for (const [index, version] of versions.entries()) {
    const at = `${path}[${index}]`
    if (versions.indexOf(version) < index) errors.push(invalid(at, version, 'duplicate version'))
    else for (const why of dns1035Label(version)) errors.push(invalid(at, version, why))
  }
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`))
  }
  return errors
}
