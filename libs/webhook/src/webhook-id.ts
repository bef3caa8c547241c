import { Injectable, type PipeTransform } from '@nestjs/common';
import { PathParam } from '#api';
import { WebhookNotFound } from './webhook-errors.js';

export const webhookIdPattern = /^whk_[0-9A-Za-z]{16}$/;

/** What is no id cannot be found; and some of it Postgres would not even take. */
@Injectable()
class WebhookIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!webhookIdPattern.test(value)) throw new WebhookNotFound();
    return value;
  }
}

export const WebhookIdParam = (): ParameterDecorator =>
  PathParam('id', { description: 'The webhook', schema: { type: 'string', example: 'whk_4fGh7Kq2LmN8pR1s' } }, WebhookIdPipe);
