import { type FastifyReply } from 'fastify';
import { type World } from '../world.js';

export interface ControlCall {
  readonly world: World;
  /** Throws the world away. What it was told to keep is carried over. */
  reset(options: { keepCallbacks: boolean; seed?: string | undefined }): World;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly reply: FastifyReply;
}

/** One control call: its shape is checked by the server and described in the OpenAPI document, from this one place. */
export interface ControlRoute<Body = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In OpenAPI's form: `/_sim/people/{person}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** JSON schema of the body; every property is checked and unknown ones are refused. */
  readonly body?: object;
  /** The call means something without a body too; the handler then gets undefined or null. */
  readonly bodyIsOptional?: true;
  readonly query?: Readonly<Record<string, object>>;
  readonly answer?: string;
  handle(call: ControlCall, body: Body): unknown;
}

/** A control call that cannot be done. */
export class ControlError extends Error {
  constructor(
    readonly status: 400 | 404 | 409 | 422,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Keeps the type of a route's body while it is put into a list of routes of all kinds. */
export const route = <Body>(definition: ControlRoute<Body>): ControlRoute => definition;

export function object(properties: Readonly<Record<string, object>>, required: readonly string[] = []): object {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}), additionalProperties: false };
}

export const text = (maxLength = 2000): object => ({ type: 'string', maxLength });
export const flag: object = { type: 'boolean' };
