// Selectors: label-selector.ts parses kubectl's notation, label-selector-object.ts matches LabelSelector objects,
// field-selector.ts parses field selectors of a kind.

export {
  everything,
  formatSelector,
  type Labels,
  nothing,
  type Operator,
  parseLabelSelector,
  type Requirement,
  type Selector,
  selectorOf,
  tryParseLabelSelector,
} from './label-selector.ts'
export { formatLabelSelector, matchesLabels, matchesLabelSelector, selectorOfObject } from './label-selector-object.ts'
export { type FieldRequirement, type FieldSelector, parseFieldSelector } from './field-selector.ts'
