import { warnOnce } from './messages';

type Method = (this: never, ...args: never[]) => unknown;
type MethodsOf<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T] & string;

const ORIGINAL = Symbol.for('vango.otel.original');

interface Patch {
  readonly prototype: Record<string, Method>;
  readonly name: string;
  readonly original: Method;
  readonly wrapper: Method;
}

/**
 * Replaces prototype methods, each only once, and restores the originals. The base class has tools
 * for this, but they lose the name and length of a method, and they wrap a method again that
 * another copy of this package has wrapped.
 */
export class Patcher {
  private patches: Patch[] = [];

  /**
   * Replaces `prototype[name]` by what `wrap` returns, which gets its name and length. A method
   * that is missing, or wrapped already, stays as it is.
   */
  wrap<T extends object, K extends MethodsOf<T>>(
    prototype: T,
    name: K,
    wrap: (original: T[K]) => T[K],
  ): void {
    // A prototype as a table of its methods. TypeScript has no safe way to view a class like this.
    const target = prototype as unknown as Record<string, Method>;
    const original = target[name];
    if (typeof original !== 'function') {
      warnOnce(
        `the method ${name}`,
        `this vango has no method ${name}; what it does is not recorded`,
      );
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

  /**
   * Puts the originals back. A method that others wrapped since then stays; our wrapper in it only
   * calls the original then.
   */
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
