/** Milliseconds of a slot of the last minute, and from one frame of a view to the next. */
export const TICK = 1000;
