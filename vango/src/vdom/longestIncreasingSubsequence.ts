/** The longest rising run of values: the elements that need not move when a list is reordered. */
export function longestIncreasingSubsequence(values: readonly number[]): number[] {
  const tails: number[] = [];
  const previous: number[] = [];
  values.forEach((value, index) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[tails[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? (tails[low - 1] as number) : -1;
    tails[low] = index;
  });
  const longest: number[] = [];
  for (let at = tails.at(-1) ?? -1; at >= 0; at = previous[at] as number)
    longest.push(values[at] as number);
  return longest.reverse();
}
