import { ApiOperation } from '@nestjs/swagger';

/** What a route is for, in a line and at length. Its id is the name of its method. */
export const Operation = (summary: string, description?: string): MethodDecorator =>
  ApiOperation({ summary, ...(description !== undefined && { description }) });
