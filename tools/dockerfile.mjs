import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * The stages of a Dockerfile, in order. Only what ours uses is understood; anything else is an error, so that a new kind
 * of line cannot be passed over silently.
 */
export function stagesOf(text) {
  const stages = [];
  for (const line of linesOf(text)) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push(stageOf(rest));
    else readers[name ?? line]?.(stages.at(-1), rest) ?? unknown(line);
  }
  return stages;
}

const linesOf = (text) =>
  text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n');

function stageOf(text) {
  const [, image, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(text) ?? unknown(`FROM ${text}`);
  return { image, name, workdir: '/', env: {}, steps: [], user: undefined, command: undefined, healthcheck: undefined };
}

const readers = {
  ENV: (stage, text) =>
    stage.steps.push({ name: 'ENV', variables: Object.fromEntries(text.split(/\s+/).map((pair) => pair.split('='))) }),
  WORKDIR: (stage, text) => stage.steps.push({ name: 'WORKDIR', text }),
  RUN: (stage, text) => stage.steps.push({ name: 'RUN', text }),
  COPY: (stage, text) => {
    const [, from, paths] = /^(?:--from=(\S+)\s+)?([^-].*)$/.exec(text) ?? unknown(`COPY ${text}`);
    const sources = paths.split(/\s+/);
    return stage.steps.push({ name: 'COPY', text, from, target: sources.pop(), sources });
  },
  USER: (stage, text) => (stage.user = text),
  EXPOSE: (stage, text) => text,
  CMD: (stage, text) => (stage.command = JSON.parse(text)),
  HEALTHCHECK: (stage, text) => (stage.healthcheck = JSON.parse(text.replace(/^.*?CMD\s+/, ''))),
};

function unknown(line) {
  throw new Error(`The rehearsal does not know what this line means: ${line}`);
}

/** Whether the context leaves a path out: `.dockerignore` with plain names only. */
export function ignoredIn(context) {
  const names = readFileSync(join(context, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const strange = names.find((name) => /[*!#/]/.test(name));
  if (strange) unknown(`.dockerignore: ${strange}`);
  return (path) => names.includes(relative(context, path).split(sep)[0]);
}
