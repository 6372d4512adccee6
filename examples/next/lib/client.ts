// The client's address, as Next tells it: of the socket, where no proxy has set X-Forwarded-For. Behind a proxy take
// the right-most address, which is the one that the proxy itself has seen; without one a client can write there at will.
export function clientOf({ headers }: Request): string | undefined {
  return headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
}
