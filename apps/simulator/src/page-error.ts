/** What the authorise page shows instead of going on. Numbers as WeChat's page shows them; null where it has none. */
export class PageError extends Error {
  constructor(
    readonly number: number | null,
    message: string,
  ) {
    super(message);
  }
}
