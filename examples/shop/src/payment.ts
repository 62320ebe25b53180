/**
 * Charges an amount through the payment service at the URL in `SHOP_PAYMENTS`, if it is set.
 *
 * @param cents - The amount in cents.
 * @param signal - Cancels the request.
 * @throws Error if the service refuses.
 */
export async function pay(cents: number, signal: AbortSignal): Promise<void> {
  const url = process.env.SHOP_PAYMENTS;
  if (url === undefined) return;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ cents }), signal });
  if (!response.ok) throw new Error(`The payment service answered ${response.status}`);
}
