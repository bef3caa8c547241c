import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { Scope } from './scope.js';

/** Who may call a route. A route without a rule is a mistake, and is refused to everybody. */
export type AccessRule = { readonly who: 'anybody' } | { readonly who: 'admin' } | KeyRule;

export interface KeyRule {
  readonly who: 'key';
  /** All of them. */
  readonly scopes: readonly Scope[];
  /** Callers from LEGACY_TRUSTED_CIDRS may come without a key. */
  readonly orTrustedAddress?: true;
}

const key = 'access:rule';

const rule = (value: AccessRule, ...more: (MethodDecorator & ClassDecorator)[]): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(key, value), ...more);

/** Needs no key: the route proves its caller otherwise, or has nothing to hide. */
export const OpenToAll = (): MethodDecorator & ClassDecorator => rule({ who: 'anybody' });

export const AdminOnly = (): MethodDecorator & ClassDecorator => rule({ who: 'admin' }, ApiSecurity('admin'));

/** Any valid key, whatever it may do. */
export const AnyKey = (): MethodDecorator & ClassDecorator => rule({ who: 'key', scopes: [] }, ApiSecurity('key'));

/** A key with these scopes. On routes with an `:appid` the key must hold that app as well. */
export const NeedsScope = (...scopes: [Scope, ...Scope[]]): MethodDecorator & ClassDecorator =>
  rule({ who: 'key', scopes }, ApiSecurity('key'), ApiExtension('x-required-scope', scopes.join(' ')));

/** As the callers of older addresses are used to: without a key where the operator trusts the network they call from. */
export const NeedsScopeOrTrustedAddress = (scope: Scope): MethodDecorator & ClassDecorator =>
  rule(
    { who: 'key', scopes: [scope], orTrustedAddress: true },
    ApiSecurity('key'),
    ApiSecurity({}),
    ApiExtension('x-required-scope', scope),
  );

/** A rule on the method wins over one on its class. */
export const accessRuleOf = (handler: object, controller: object): AccessRule | undefined =>
  (Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller)) as AccessRule | undefined;
