// All functions of rules: the language's own and Kubernetes' libraries. Made when the first rule is compiled. Source: apiserver
// pkg/cel/environment/base.go.

import { addAddresses } from '../kubernetes/addresses.ts'
import { addAuthorization } from '../kubernetes/authorization.ts'
import { addFormats } from '../kubernetes/formats.ts'
import { addQuantities } from '../kubernetes/quantities.ts'
import { addSemvers } from '../kubernetes/semvers.ts'
import { addUrls } from '../kubernetes/urls.ts'
import { addConversions } from './conversions.ts'
import { FunctionTable } from './function-table.ts'
import { addLists } from './lists.ts'
import { add, addOperators } from './operators.ts'
import { addStrings } from './strings.ts'
import { addTimes } from './times.ts'

let made: FunctionTable | undefined

export function library(): FunctionTable {
  if (made !== undefined) return made
  const table = new FunctionTable()
  addOperators(table)
  addConversions(table)
  addTimes(table)
  addStrings(table)
  addLists(table, add)
  addUrls(table)
  addQuantities(table)
  addAddresses(table)
  addFormats(table)
  addSemvers(table)
  addAuthorization(table)
  made = table
  return table
}
