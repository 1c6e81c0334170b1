// The API server is down: clients get "connection refused", also kubectl through the door, and watches break. Controllers and
// kubelets try again, with their back-off; what runs goes on running, and nodes keep the rules they have. When it is back, watches
// resume where they were. Departure: controller-manager and scheduler do not restart for a lost leader lease.

import type { FaultParts } from './fault-parts.ts'

export function apiServerDown({ connections }: FaultParts): () => void {
  return connections.beginOutage()
}
