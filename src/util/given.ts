// Fields of which all may be left out.

/** Whether any of them is given. */
export function isAnyGiven(fields: object): boolean {
  return Object.values(fields).some((value) => value !== undefined)
}

/** They, or undefined where none of them is given: whoever says nothing of it asks for the same as whoever leaves it out. */
export function ifAnyGiven<Fields extends object>(fields: Fields): Fields | undefined {
  return isAnyGiven(fields) ? fields : undefined
}
