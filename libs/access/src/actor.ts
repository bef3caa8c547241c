/** Who does something that the audit log keeps: who, from where, in which request. */
export interface Actor {
  readonly name: string;
  readonly address: string;
  readonly requestId: string;
}
