// What an autoscaler measures and aims at, as its table shows it. Source: kubernetes pkg/printers/internalversion
// (formatHPAMetrics).

import type { V2HorizontalPodAutoscaler, V2MetricSpec, V2MetricStatus } from '../../objects/index.ts'

const SHOWN = 2
const UNKNOWN = '<unknown>'
/** A quantity that is not there, as Go prints it. */
const NIL = '<nil>'

/** `cpu: <unknown>/80%`, at most two of them. */
export function targetsText({ spec, status }: V2HorizontalPodAutoscaler): string {
  const { metrics = [] } = spec
  if (metrics.length === 0) return '<none>'
  const texts = metrics.slice(0, SHOWN).map((metric, index) => targetText(metric, status?.currentMetrics?.[index]))
  const rest = metrics.length - SHOWN
  return rest > 0 ? `${texts.join(', ')} + ${rest} more...` : texts.join(', ')
}

/** Metrics and what was measured are told apart by their place alone. */
function targetText(metric: V2MetricSpec, measured: V2MetricStatus | undefined): string {
  switch (metric.type) {
    case 'External':
      return valueText(metric.external?.target, measured?.external)
    case 'Object':
      return valueText(metric.object?.target, measured?.object)
    case 'Pods':
      return `${amountText(measured?.pods?.current?.averageValue, measured?.pods)}/${metric.pods?.target.averageValue ?? NIL}`
    case 'Resource':
      return usageText(metric.resource, measured?.resource)
    case 'ContainerResource':
      return usageText(metric.containerResource, measured?.containerResource)
    default:
      return '<unknown type>'
  }
}

interface Values {
  readonly value?: string
  readonly averageValue?: string
  readonly averageUtilization?: number
}

function valueText(target: Values | undefined, measured: { readonly current?: Values } | undefined): string {
  const { averageValue, value } = measured?.current ?? {}
  if (target?.averageValue !== undefined) return `${averageValue ?? UNKNOWN}/${target.averageValue} (avg)`
  return `${amountText(value, measured)}/${target?.value ?? NIL}`
}

/** Unknown is only what was not measured at all. */
function amountText(amount: string | undefined, measured: object | undefined): string {
  return measured === undefined ? UNKNOWN : (amount ?? NIL)
}

interface Usage {
  readonly name: string
  readonly target: Values
}

function usageText(source: Usage | undefined, measured: { readonly current?: Values } | undefined): string {
  const { name = '', target } = source ?? {}
  const current = measured?.current
  if (target?.averageValue !== undefined) {
    return `${name}: ${amountText(current?.averageValue, measured)}/${target.averageValue}`
  }
  const now = current?.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`
  return `${name}: ${now}/${target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`
}
