import { Param, type PipeTransform, type Type } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';

/** A part of the address: taken, checked and described at once. */
export const PathParam =
  (
    name: string,
    described: { readonly description?: string; readonly schema: object; readonly example?: string },
    pipe: Type<PipeTransform> | PipeTransform,
  ): ParameterDecorator =>
  (target, method, place) => {
    Param(name, pipe)(target, method, place);
    const descriptor = method && Object.getOwnPropertyDescriptor(target, method);
    if (descriptor) ApiParam({ ...described, name })(target, method, descriptor);
  };
