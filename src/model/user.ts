// A user of an application, under the id that the application knows him by.

/** What is known of a user. What one of his devices says of itself goes before it. */
export interface UserAttributes {
  /** A BCP 47 language tag (RFC 5646), such as `pt-BR`. */
  readonly locale?: string | undefined
  /** A name of the IANA time zone database, such as `Europe/Berlin`. */
  readonly timeZone?: string | undefined
  /** At most 20; keys of at most 64 bytes, values of at most 256. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

export interface UserView {
  readonly app: string
  readonly userId: string
  readonly locale: string | undefined
  readonly timeZone: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly devices: number
  /** Undefined when nothing but his devices is known. */
  readonly createdAt: Date | undefined
  readonly updatedAt: Date | undefined
}
