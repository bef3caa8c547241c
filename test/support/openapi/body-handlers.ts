import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ModulesContainer } from '@nestjs/core';

export interface BodyHandler {
  /** `DeliveriesController.rotateWebhookSecret` */
  readonly name: string;
  readonly operationId: string;
  /** What TypeScript left of the parameter's type: `Object` where it is a union, and then nothing checks the body. */
  readonly type: string;
}

type Method = (...given: never[]) => unknown;
type Prototype = Readonly<Record<string, Method>> & { readonly constructor: object };

/** Under these names Nest and its Swagger module keep what the decorators say. */
const keptArguments = '__routeArguments__';
const bodyArgument = /^3:(\d+)$/;

/** Every method of a controller that has an argument marked `@Body()`. */
export function bodyHandlersOf(app: NestFastifyApplication): BodyHandler[] {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = modules.flatMap((module) => [...module.controllers.values()].map(({ metatype }) => metatype));
  return controllers.flatMap((controller) => (typeof controller === 'function' ? handlersIn(controller) : []));
}

function handlersIn(controller: { readonly name: string; readonly prototype: unknown }): BodyHandler[] {
  const prototype = controller.prototype as Prototype;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const kept = Object.keys((Reflect.getMetadata(keptArguments, controller, name) ?? {}) as object);
    const [, place] = kept.map((key) => bodyArgument.exec(key)).find((match) => match !== null) ?? [];
    if (place === undefined) return [];
    const types = Reflect.getMetadata('design:paramtypes', prototype, name) as { readonly name: string }[];
    const type = types[Number(place)]?.name ?? '';
    return [{ name: `${controller.name}.${name}`, operationId: name, type }];
  });
}
