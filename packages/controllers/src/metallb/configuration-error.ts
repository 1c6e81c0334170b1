// What is wrong with a configuration, in MetalLB's words. Whoever reads the configuration catches it, logs it and keeps the one
// before.

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}
