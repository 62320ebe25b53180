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
 * Replaces prototype methods, each only once, and puts the originals back. The tools of the base
 * class keep neither name nor length, and wrap again what another copy of this package wrapped.
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
    // A prototype by its method names: TypeScript cannot say that of a class.
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
