import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { KeyInvalid } from '#access';
import { problemCodesPrefix } from '#api';
import { type Failure, declaredFailures } from '#errors';
import { Settings } from '#settings';
import { version } from '../version.js';
import { problemsPage } from './problems-page.js';
import { statusOf } from './problem.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;
type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type Responses = Record<string, object>;

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
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problem: problemSchema } };

  const failures = new Map(declaredFailures().map((failure) => [failure.code, failure]));
  for (const path of Object.values(document.paths))
    for (const method of ['get', 'put', 'post', 'patch', 'delete'] as const) {
      const operation = path[method] as Operation | undefined;
      if (operation) completeProblems(operation, failures, method !== 'get');
    }
  return document;
}

/** Swagger UI with the description, from our own origin alone. */
export function serveDocs(app: NestFastifyApplication, document: OpenAPIObject): void {
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs/openapi.json',
    customSiteTitle: 'WeChat gateway API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tagsSorter: 'alpha' },
  });
  const page = problemsPage(declaredFailures());
  app
    .getHttpAdapter()
    .getInstance()
    .get('/docs/problems', (_request, reply) => {
      void reply.type('text/html; charset=utf-8').send(page);
    });
}

/** Adds what every route can answer to what this one declares, one response for each status. */
function completeProblems(operation: Operation, failures: Map<string, Failure>, mayHaveBody: boolean): void {
  const declared = Object.keys(operation).filter((name) => name.startsWith(problemCodesPrefix));
  const codes = [...declared.flatMap((name) => operation[name] as string[]), ...codesOfEveryRoute(operation, mayHaveBody)];
  for (const name of declared) delete operation[name];

  const byStatus = new Map<number, Failure[]>();
  for (const code of [...new Set(codes)].sort()) {
    const failure = failures.get(code);
    if (!failure) throw new Error(`${operation.operationId ?? 'A route'} fails with ${code}, which no room declares`);
    byStatus.set(statusOf[failure.kind], [...(byStatus.get(statusOf[failure.kind]) ?? []), failure]);
  }
  const responses = operation.responses as Responses;
  for (const [status, some] of byStatus) responses[String(status)] ??= problemResponse(status, some);
}

function codesOfEveryRoute(operation: Operation, mayHaveBody: boolean): string[] {
  const secured = (operation.security ?? []).flatMap((one) => Object.keys(one)).filter((name) => name !== 'poll');
  const parameters = (operation.parameters ?? []) as { in: string; name: string }[];
  return [
    ...(secured.length > 0
      ? ['key_missing', new KeyInvalid().failure.code, 'too_many_bad_keys', 'not_serving_yet', 'storage_unavailable']
      : []),
    ...(secured.includes('key') ? ['key_expired', 'rate_limited'] : []),
    ...('x-required-scope' in operation ? ['insufficient_scope'] : []),
    ...('x-required-scope' in operation && parameters.some((one) => one.name === 'appid') ? ['app_not_allowed'] : []),
    ...(operation.requestBody ? ['validation_failed'] : []),
    // Also where none is wanted: one that is sent is read all the same.
    ...(mayHaveBody ? ['body_malformed', 'body_too_large', 'media_type_unsupported'] : []),
    ...(parameters.length > 0 ? ['validation_failed', 'body_malformed'] : []),
  ];
}

function problemResponse(status: number, failures: Failure[]): object {
  const [first] = failures;
  return {
    description: failures.map(({ code, title }) => `\`${code}\`: ${title}`).join('. '),
    content: {
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
          title: first?.title,
          status,
          detail: first?.title,
          code: first?.code,
          request_id: '8e0f5dbb-3a53-4bb1',
        },
      },
    },
  };
}

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
