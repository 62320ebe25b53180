import { diag } from '@opentelemetry/api';

type Method = (this: never, ...args: never[]) => unknown;
type MethodsOf<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T] & string;

const ORIGINAL = Symbol.for('vango.otel.original');

interface Patch {
  readonly prototype: Record<string, Method>;
  readonly name: string;
  readonly original: Method;
  readonly wrapper: Method;
}

/** Replaces prototype methods, each once whoever asks, and puts the originals back. */
export class Patcher {
  private patches: Patch[] = [];

  /**
   * Replaces `prototype[name]` by what `wrap` makes of it; the replacement keeps its name and length. What is missing or wrapped already, by another copy
   * of this package say, is left as it is.
   */
  wrap<T extends object, K extends MethodsOf<T>>(
    prototype: T,
    name: K,
    wrap: (original: T[K]) => T[K],
  ): void {
    const target = prototype as unknown as Record<string, Method>;
    const original = target[name];
    if (typeof original !== 'function') {
      diag.warn(`@vango/opentelemetry: this vango has no method ${name}; what it does is not recorded`);
      return;
    }
    if (ORIGINAL in original || this.isWrapped(target, name)) return;
    const wrapper = wrap(original as T[K]) as Method;
    Object.defineProperties(wrapper, {
      name: { value: original.name, configurable: true },
      length: { value: original.length, configurable: true },
      [ORIGINAL]: { value: original },
    });
    target[name] = wrapper;
    this.patches.push({ prototype: target, name, original, wrapper });
  }

  /** Puts the originals back. A method that someone else wrapped on top stays, and the wrapper in it steps aside by itself. */
  restore(): void {
    this.patches = this.patches.filter(({ prototype, name, original, wrapper }) => {
      if (prototype[name] !== wrapper) return true;
      prototype[name] = original;
      return false;
    });
  }

  private isWrapped(prototype: Record<string, Method>, name: string): boolean {
    return this.patches.some(patch => patch.prototype === prototype && patch.name === name);
  }
}
