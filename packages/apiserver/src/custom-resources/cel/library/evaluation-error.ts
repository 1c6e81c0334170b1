// What a function of the libraries says when its arguments make no sense. Rules that run into it fail with these words.

export class CelFunctionError extends Error {
  override readonly name = 'CelFunctionError'
}
