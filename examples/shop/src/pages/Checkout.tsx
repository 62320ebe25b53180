import { action, type FormValues, signal } from 'vango';
import { cartLines, emptyCart } from '../cart';
import { log } from '../log';
import { pay } from '../payment';
import { money } from '../products';
import { take } from '../stock';

type Errors = Partial<Record<'name' | 'email', string>>;

function validate({ name, email }: FormValues): Errors {
  const errors: Errors = {};
  if (textOf(name).trim() === '') errors.name = 'Please tell us your name.';
  if (!/^\S+@\S+\.\S+$/.test(textOf(email))) errors.email = 'Please give an e-mail address.';
  return errors;
}

/** The text of a field. No two fields of this form share a name. */
function textOf(value: FormValues[string] = ''): string {
  return String(value);
}

interface Order {
  readonly name: string;
  readonly lines: ReturnType<typeof cartLines>;
  /** In cents. */
  readonly total: number;
}

/** Charges an order and takes its products off the stock. */
async function placeOrder({ name, lines, total }: Order, signal: AbortSignal): Promise<string> {
  log.info({ total }, 'an order is placed');
  await pay(total, signal);
  for (const { product, quantity } of lines) await take(product.id, quantity);
  return name;
}

function Field({
  name,
  label,
  type,
  error,
}: {
  name: keyof Errors;
  label: string;
  type: string;
  error?: string;
}) {
  return (
    <div class="field">
      <label htmlFor={name}>{label}</label>
      <input id={name} name={name} type={type} aria-invalid={error !== undefined} />
      {error !== undefined && (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

export function Checkout() {
  const errors = signal<Errors>({});
  const orderedBy = signal('');
  const order = action(placeOrder, {
    name: 'order',
    policy: 'drop-while-running',
    onSuccess: name => {
      orderedBy.value = name;
      emptyCart();
    },
  });
  const lines = cartLines();
  const total = lines.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0);

  const submit = (values: FormValues): void => {
    errors.value = validate(values);
    if (Object.keys(errors.value).length === 0)
      order.run({ name: textOf(values.name), lines, total });
  };

  if (orderedBy.value !== '')
    return <p id="thanks">Thank you, {orderedBy.value}. Your order is on its way.</p>;
  return (
    <section>
      <h1>Checkout</h1>
      <ul id="lines">
        {lines.map(({ product, quantity }) => (
          <li key={product.id}>
            {quantity} × {product.name}
          </li>
        ))}
      </ul>
      <p id="total">Total: {money(total)}</p>
      <form id="order" onSubmit={submit} noValidate>
        <Field name="name" label="Name" type="text" error={errors.value.name} />
        <Field name="email" label="E-mail" type="email" error={errors.value.email} />
        <button type="submit" id="submit">
          {order.state === 'running' ? 'Ordering …' : 'Order'}
        </button>
        {order.state === 'error' && (
          <p class="error" id="failed">
            Your order could not be paid. Please try again.
          </p>
        )}
      </form>
    </section>
  );
}
