// Labels that are kept under their old names, too. Pure.
// Source: kubernetes pkg/controller/nodelifecycle (labelReconcileInfo, reconcileNodeLabels).

type Labels = Readonly<Record<string, string>>

const OLD_NAMES = [
  ['kubernetes.io/os', 'beta.kubernetes.io/os'],
  ['kubernetes.io/arch', 'beta.kubernetes.io/arch'],
] as const

/** The labels as they should be; undefined when they already are. */
export function reconciledLabels(labels: Labels | undefined): Labels | undefined {
  const missing: Record<string, string> = {}
  for (const [name, old] of OLD_NAMES) {
    const value = labels?.[name]
    if (value !== undefined && labels?.[old] !== value) missing[old] = value
  }
  return Object.keys(missing).length === 0 ? undefined : { ...labels, ...missing }
}
