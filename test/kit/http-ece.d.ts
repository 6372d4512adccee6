// What the tests use of http_ece, which brings no types.
declare module 'http_ece' {
  export function decrypt(
    body: Buffer,
    options: {
      readonly version: 'aes128gcm'
      readonly privateKey: import('node:crypto').ECDH
      readonly authSecret: Buffer
    },
  ): Buffer
}
