// One line on a terminal for as long as something takes; nothing where nobody watches.

export async function during<T>(text: string, work: Promise<T>): Promise<T> {
  const { stderr } = process
  if (!stderr.isTTY) return work
  stderr.write(text)
  try {
    return await work
  } finally {
    stderr.write('\r\u001B[K')
  }
}
