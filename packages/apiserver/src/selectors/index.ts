// Selectors: label-selector.ts parses kubectl's notation, label-selector-object.ts matches LabelSelector objects,
// field-selector.ts parses field selectors of a kind.

export { parseLabelSelector, type Selector } from './label-selector.ts'
export { matchesLabels, matchesLabelSelector } from './label-selector-object.ts'
export {
  bindFieldSelector,
  type FieldRequirement,
  type FieldSelector,
  parseFieldRequirements,
  parseFieldSelector,
} from './field-selector.ts'
