/** Has the payment service that SHOP_PAYMENTS names, if it does, take the money. Throws when it will not. */
export async function pay(cents: number, signal: AbortSignal): Promise<void> {
  const url = process.env.SHOP_PAYMENTS;
  if (url === undefined) return;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ cents }), signal });
  if (!response.ok) throw new Error(`The payment service answered ${response.status}`);
}
