import { createHash } from 'node:crypto';
import { HttpStatus } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { KeyInvalid } from '#access';
import { failsWithPageExtension, problemCodesPrefix } from '#api';
import { type Failure, declaredFailures } from '#errors';
import { Settings } from '#settings';
import { version } from '../version.js';
import { dropDefaultsOfChanges, nameNullInEnums } from './openapi-enums.js';
import { tags } from './openapi-tags.js';
import { problemsPage } from './problems-page.js';
import { statusOf } from './problem.js';
import { refusesUnknownQuery } from './query-names.interceptor.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;
type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type Responses = Record<string, object>;
type Problems = NonNullable<NonNullable<OpenAPIObject['components']>['responses']>;

const introduction = `
One self-hosted service that owns everything WeChat issues: tokens, logins, callbacks, messages.

Sign in with **Authorize**: an API key (\`wxg_…\`) for \`/v1\`, the admin token for \`/admin/v1\`.
Bodies are JSON in \`snake_case\`; times are RFC 3339 in UTC, durations whole seconds.
Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`: [every code](/docs/problems).
`;

/** The API's own description, made from what the routes declare. */
export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('WeChat gateway')
    .setDescription(introduction.trim())
    .setVersion(version)
    .addServer(app.get(Settings).publicUrl)
    .addSecurity('key', { type: 'http', scheme: 'bearer', bearerFormat: 'wxg_…', description: 'An API key' })
    .addSecurity('poll', { type: 'http', scheme: 'bearer', description: 'The poll_token of one QR login' })
    .addSecurity('admin', { type: 'http', scheme: 'bearer', description: 'The admin token' })
    .addSecurity('metrics', { type: 'http', scheme: 'bearer', description: '`METRICS_TOKEN`, where it is set' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    autoTagControllers: false,
    operationIdFactory: (_controller, method) => method,
  });
  document.tags = [...tags];
  document.info.license = { name: 'None is given yet: all rights reserved' };
  const problems: Problems = {};
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema },
    responses: problems,
  };

  const failures = new Map(declaredFailures().map((failure) => [failure.code, failure]));
  for (const [address, path] of Object.entries(document.paths)) {
    for (const method of ['get', 'put', 'post', 'patch', 'delete'] as const) {
      const operation = path[method] as Operation | undefined;
      if (!operation) continue;
      // Said of each: what is silent could as well have been forgotten.
      operation.security ??= [];
      completeProblems(operation, { failures, problems }, { address, mayHaveBody: method !== 'get' });
    }
  }
  nameNullInEnums(document);
  dropDefaultsOfChanges(document.components?.schemas);
  return document;
}

/** Swagger UI with the description, from our own origin alone. */
export function serveDocs(app: NestFastifyApplication): void {
  const { sandbox } = app.get(Settings);
  // Made when somebody asks for it: it costs more than all the rest of a start.
  SwaggerModule.setup('docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    customSiteTitle: 'WeChat gateway API',
    swaggerOptions: { displayRequestDuration: true, ...(sandbox ? remembering : forgetting) },
  });
  const page = problemsPage(declaredFailures());
  app
    .getHttpAdapter()
    .getInstance()
    .get('/docs/problems', (_request, reply) => {
      void reply.type('text/html; charset=utf-8').send(page);
    });
}

/** The browser's. */
declare const localStorage: { removeItem(name: string): void };
/**
 * What somebody signs in with would lie in the browser's store, which every page of this origin reads, and those show what
 * strangers wrote. In the sandbox nothing is worth taking, and nobody wants to sign in again after each restart.
 */
const remembering = { persistAuthorization: true };
const forgetting = {
  persistAuthorization: false,
  // Runs in the browser: releases before 0.2.0 kept it there. Swagger UI gives the name.
  onComplete: () => localStorage.removeItem('authorized'),
};

/** Adds what every route can answer to what this one declares, one response for each status. Equal ones are told once. */
function completeProblems(
  operation: Operation,
  { failures, problems }: { failures: Map<string, Failure>; problems: Problems },
  { address, mayHaveBody }: { address: string; mayHaveBody: boolean },
): void {
  const declared = Object.keys(operation).filter((name) => name.startsWith(problemCodesPrefix));
  const codes = [...declared.flatMap((name) => operation[name] as string[]), ...codesOfEveryRoute(operation, mayHaveBody)];
  if (refusesUnknownQuery(address)) codes.push('validation_failed');
  const hasPages = failsWithPageExtension in operation;
  for (const name of [...declared, failsWithPageExtension]) delete operation[name];
  // Whatever a caller must prove can be guessed at.
  if (codes.some((code) => failures.get(code)?.kind === 'unauthenticated')) codes.push('too_many_bad_keys');

  const byStatus = new Map<number, Failure[]>();
  for (const code of [...new Set(codes)].sort()) {
    const failure = failures.get(code);
    if (!failure) throw new Error(`${operation.operationId ?? 'A route'} fails with ${code}, which no room declares`);
    byStatus.set(statusOf[failure.kind], [...(byStatus.get(statusOf[failure.kind]) ?? []), failure]);
  }
  const responses = operation.responses as Responses;
  for (const [status, some] of byStatus) {
    if (String(status) in responses) continue;
    const codes = some.map(({ code }) => code).join(' ');
    const name = `Problem${status}-${createHash('sha256').update(`${codes} ${hasPages}`).digest('hex').slice(0, 8)}`;
    problems[name] ??= problemResponse(status, some, hasPages);
    responses[String(status)] = { $ref: `#/components/responses/${name}` };
  }
}

function codesOfEveryRoute(operation: Operation, mayHaveBody: boolean): string[] {
  const secured = (operation.security ?? []).flatMap((one) => Object.keys(one)).filter((name) => ['key', 'admin'].includes(name));
  const parameters = (operation.parameters ?? []) as { in: string; name: string }[];
  return [
    ...(secured.length > 0 ? ['key_missing', new KeyInvalid().failure.code, 'not_serving_yet', 'storage_unavailable'] : []),
    ...(secured.includes('key') ? ['key_expired', 'address_not_allowed', 'rate_limited'] : []),
    ...('x-required-scope' in operation ? ['insufficient_scope'] : []),
    ...('x-required-scope' in operation && parameters.some((one) => one.name === 'appid') ? ['app_not_allowed'] : []),
    ...(operation.requestBody ? ['validation_failed'] : []),
    // Also where none is wanted: one that is sent is read all the same.
    ...(mayHaveBody ? ['body_malformed', 'body_too_large', 'media_type_unsupported'] : []),
    ...(parameters.length > 0 ? ['validation_failed', 'body_malformed'] : []),
  ];
}

function problemResponse(status: number, failures: Failure[], hasPages: boolean): Problems[string] {
  const [first] = failures;
  return {
    description: failures.map(({ code, title }) => `\`${code}\`: ${title.en}`).join('. '),
    ...(comesBack.includes(status) && { headers: { 'Retry-After': retryAfter } }),
    content: {
      // For browsers, which ask for it.
      ...(hasPages && { 'text/html': { schema: { type: 'string' }, example: '<!doctype html>…' } }),
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              properties: {
                code: { type: 'string', enum: failures.map(({ code }) => code) },
                status: { type: 'integer', enum: [status] },
              },
            },
          ],
        },
        example: {
          type: `/docs/problems#${first?.code}`,
          title: first?.title.en,
          status,
          detail: first?.title.en,
          code: first?.code,
          request_id: '8e0f5dbb-3a53-4bb1',
        },
      },
    },
  };
}

/** What passes by itself. */
const comesBack: number[] = [HttpStatus.TOO_MANY_REQUESTS, HttpStatus.SERVICE_UNAVAILABLE];
const retryAfter = {
  description: 'In how many seconds to try again, where that is known',
  schema: { type: 'integer', minimum: 1 },
};

const problemSchema: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
  properties: {
    type: { type: 'string', description: 'The page that explains the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What went wrong in this case, for a person to read' },
    code: { type: 'string', description: 'Stable: switch on this' },
    request_id: { type: 'string', description: 'Also in the X-Request-Id header and in every log line' },
    errors: {
      type: 'array',
      description: 'For `validation_failed`: every fault at once',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
    required_scope: { type: 'string', description: 'For `insufficient_scope`' },
    id: { type: 'string', description: 'For `already_created`' },
    wechat: {
      type: 'object',
      description: 'What WeChat answered, where it refused',
      properties: {
        errcode: { type: 'integer' },
        errmsg: { type: 'string' },
        rid: { type: 'string', nullable: true },
        hint: { type: 'string' },
      },
    },
  },
};
