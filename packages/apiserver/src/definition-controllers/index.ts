// What a real API server does to CustomResourceDefinitions behind their clients' backs: definition-controllers.ts looks at
// each one that changed, the other files are its steps.

export { startDefinitionControllers } from './definition-controllers.ts'
