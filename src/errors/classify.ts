/** The closed set of error types: label `error_type` and attribute `error.type`. */
export const ERROR_TYPES = [
  'timeout',
  'rate_limit',
  'not_found',
  'unauthorized',
  'forbidden',
  'validation',
  'websocket',
  'internal',
  'unknown',
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

const BY_STATUS: Readonly<Record<number, ErrorType>> = {
  400: 'validation',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'timeout',
  410: 'not_found',
  422: 'validation',
  429: 'rate_limit',
  504: 'timeout',
};

const BY_CODE: Readonly<Record<string, ErrorType>> = {
  ETIMEDOUT: 'timeout',
  ESOCKETTIMEDOUT: 'timeout',
  ERR_SOCKET_CONNECTION_TIMEOUT: 'timeout',
  ABORT_ERR: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ENOENT: 'not_found',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  ERR_VALIDATION: 'validation',
};

const BY_NAME: Readonly<Record<string, ErrorType>> = {
  AbortError: 'timeout',
  TimeoutError: 'timeout',
  ZodError: 'validation',
  $ZodError: 'validation',
  ValidationError: 'validation',
  ValiError: 'validation',
  NotFoundError: 'not_found',
  UnauthorizedError: 'unauthorized',
  NotAuthorizedError: 'unauthorized',
  AuthenticationError: 'unauthorized',
  ForbiddenError: 'forbidden',
  RateLimitError: 'rate_limit',
};

/** Words of a message, in the order in which they are looked for. */
const BY_WORDS: ReadonlyArray<readonly [RegExp, ErrorType]> = [
  [/time[d]?[ -]?out|deadline/i, 'timeout'],
  [/rate[ -]?limit|too many/i, 'rate_limit'],
  [/not[ -]?found|no such/i, 'not_found'],
  [/unauthori[sz]ed|unauthenticated/i, 'unauthorized'],
  [/forbidden|permission denied|access denied/i, 'forbidden'],
  [/validation|invalid/i, 'validation'],
  [/websocket/i, 'websocket'],
];

interface ErrorLike {
  name?: unknown;
  code?: unknown;
  status?: unknown;
  statusCode?: unknown;
  message?: unknown;
  cause?: unknown;
  errors?: unknown;
  issues?: unknown;
}

/**
 * Classifies a failure by its status, code, class or name, and last by the words of its message. An
 * error without any of these is `internal`; a value that is not an error is `unknown`.
 */
export function classifyError(error: unknown): ErrorType {
  try {
    return classify(error, 0);
  } catch {
    // A getter of the error threw.
    return 'unknown';
  }
}

function classify(error: unknown, depth: number): ErrorType {
  if (typeof error === 'string') return byWords(error) ?? (error === '' ? 'unknown' : 'internal');
  if (typeof error !== 'object' || error === null) return 'unknown';
  const { name, code, status, statusCode, message, cause, errors, issues } = error as ErrorLike;
  const known =
    lookup(BY_STATUS, status) ??
    lookup(BY_STATUS, statusCode) ??
    lookup(BY_CODE, code) ??
    lookup(BY_NAME, name) ??
    lookup(BY_NAME, error.constructor?.name) ??
    (typeof code === 'string' && code.startsWith('WS_ERR') ? 'websocket' : undefined) ??
    (isListOfFaults(issues) || isListOfFaults(errors) ? 'validation' : undefined);
  if (known !== undefined) return known;
  if (typeof message === 'string' && message !== '') {
    const worded = byWords(message);
    if (worded !== undefined) return worded;
  }
  // fetch() wraps the error of the network.
  if (cause !== undefined && depth < 3) {
    const inner = classify(cause, depth + 1);
    if (inner !== 'unknown') return inner;
  }
  return error instanceof Error || typeof message === 'string' ? 'internal' : 'unknown';
}

function lookup(
  table: Readonly<Record<string | number, ErrorType>>,
  key: unknown,
): ErrorType | undefined {
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function byWords(message: string): ErrorType | undefined {
  return BY_WORDS.find(([words]) => words.test(message))?.[1];
}

/** zod lists `issues`, ajv `errors`, each with a path. */
function isListOfFaults(list: unknown): boolean {
  if (!Array.isArray(list) || list.length === 0) return false;
  const [first] = list;
  return (
    typeof first === 'object' && first !== null && ('path' in first || 'instancePath' in first)
  );
}
