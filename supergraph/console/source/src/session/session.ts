export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export interface Tenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

/** Somebody signed in, acting for one tenant. */
export interface Session {
  /** When it began, by signing in or changing tenants; a renewed token leaves it. No two sessions share it. */
  readonly since: number;
  readonly token: string;
  /** When the token ends, in milliseconds of this machine's clock. */
  readonly endsAt: number;
  readonly user: User;
  readonly tenant: Tenant;
  readonly tenants: readonly Tenant[];
}

export function hasEnded(session: Session): boolean {
  return session.endsAt <= Date.now();
}

export function isSession(value: unknown): value is Session {
  return (
    isRecord(value) &&
    typeof value.since === "number" &&
    typeof value.token === "string" &&
    typeof value.endsAt === "number" &&
    isUser(value.user) &&
    isTenant(value.tenant) &&
    Array.isArray(value.tenants) &&
    value.tenants.every(isTenant)
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isUser(value: unknown): value is User {
  return hasStrings(value, "id", "name", "email");
}

function isTenant(value: unknown): value is Tenant {
  return hasStrings(value, "id", "slug", "name");
}

function hasStrings(value: unknown, ...names: string[]): boolean {
  return isRecord(value) && names.every((name) => typeof value[name] === "string");
}
