// Labels that were sent though there are none of them. An object does without them, as on the real server's way out; while a
// request lasts the server tells them from labels that were not sent, and prints `{}` for the ones and null for the others.

type Labels = Readonly<Record<string, string>>

const sentEmpty = new WeakSet<object>()

/** @param metadata as it was decoded */
export function noteEmptyLabels(metadata: object): void {
  sentEmpty.add(metadata)
}

/** What a message shows of the labels of a template. */
export function printedLabels(metadata: { readonly labels?: Labels } | undefined): Labels | null {
  if (metadata?.labels !== undefined) return metadata.labels
  return metadata !== undefined && sentEmpty.has(metadata) ? {} : null
}
