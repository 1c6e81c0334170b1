// What a route beside the Kubernetes API is, for programs that embed the server. It stands apart from the door's own routes, whose
// types are the HTTP library's.

/** @returns what is sent back as JSON; a rejection becomes `{ "error": message }` with code 400 */
export type ExtensionRoute = (body: unknown) => Promise<object>
